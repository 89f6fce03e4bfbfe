import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { zipBundle } from "../../lib/report/zip-bundle.ts";
import { readStoredRun } from "../../lib/runs/read-stored-run.ts";
import { withHistory } from "../history.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { readRunId } from "../target.ts";

/** Writes what a support engineer needs about one run as a zip file. An existing file is never replaced. */
export async function writeSupportBundle(request: Request): Promise<Result<Report>> {
  const runId = readRunId(request);
  if (!runId.ok) return runId;
  return withHistory(request, async (store) => {
    const found = await readStoredRun(store, runId.value);
    if (!found.ok) return found;
    const { run } = found.value;
    const { options } = request;
    const redacts = !options["with-names"];
    const path = resolve(options.out ?? `rdp-${runId.value}.zip`);
    const { files, zip } = zipBundle(run, { redacts });
    try {
      writeFileSync(path, zip, { flag: "wx", mode: 0o600 });
    } catch (error) {
      return fail(
        "invalid-input",
        `The bundle could not be written to ${path}: ${reasonOf(error)}. Name another file with --out.`,
      );
    }
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

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "EEXIST" ? "the file exists already" : error instanceof Error ? error.message : String(error);
}
