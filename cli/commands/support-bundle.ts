import { resolve } from "node:path";
import { ok, type Result } from "../../lib/core/problem.ts";
import { zipBundle } from "../../lib/report/zip-bundle.ts";
import { readStoredRun } from "../../lib/runs/read-stored-run.ts";
import { findRunId } from "../find-run.ts";
import { withHistory } from "../history.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Writes what a support engineer needs about one run as a zip file. An existing file is never replaced. */
export async function writeSupportBundle(request: Request): Promise<Result<Report>> {
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  return withHistory(request, async (store) => {
    const found = await readStoredRun(store, runId.value);
    if (!found.ok) return found;
    const { run } = found.value;
    const { options } = request;
    const redacts = !options["with-names"];
    const path = resolve(options.out ?? `rdp-${runId.value}.zip`);
    const { files, zip } = zipBundle(run, { redacts });
    const written = writeNewFile(path, zip);
    if (!written.ok) return written;
    const names = redacts
      ? "Names, accounts, addresses and ids are placeholders. Read case.md before you send it: texts from the VM may hold more."
      : "It holds names, accounts and addresses: send it only to those who may see them.";
    return ok({
      data: { path, redacted: redacts, files: files.map(({ path: name }) => name) },
      text: () => [`Wrote ${path} (${Math.ceil(zip.length / 1024)} KB).`, names],
      exitCode: 0,
    });
  });
}
