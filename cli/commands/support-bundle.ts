import { resolve } from "node:path";
import { ok, type Result } from "../../lib/core/problem.ts";
import { findRunId } from "../find-run.ts";
import { openHistory } from "../open-history.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Writes what a support engineer needs about one run as a zip file. An existing file is never replaced. */
export async function writeSupportBundle(request: Request): Promise<Result<Report>> {
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  const history = await openHistory(request);
  if (!history.ok) return history;
  const { options } = request;
  const redacts = !options["with-names"];
  const bundle = await history.value.supportBundle(runId.value, { redacts });
  if (!bundle.ok) return bundle;
  const path = resolve(options.out ?? `rdp-${runId.value}.zip`);
  const written = writeNewFile(path, bundle.value);
  if (!written.ok) return written;
  const names = redacts
    ? "Names, accounts, addresses and ids are placeholders. Read case.md before you send it: texts from the VM may hold more."
    : "It holds names, accounts and addresses: send it only to those who may see them.";
  return ok({
    data: { path, redacted: redacts },
    text: () => [`Wrote ${path} (${Math.ceil(bundle.value.length / 1024)} KB).`, names],
    exitCode: 0,
  });
}
