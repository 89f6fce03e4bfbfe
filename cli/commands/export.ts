import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { parseVmId, vmKey } from "../../lib/core/vm-id.ts";
import type { RunStore } from "../../lib/runs/ports.ts";
import { withHistory } from "../history.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

const pageSize = 100;

/** Writes the stored runs to a file as JSON lines, newest first, page by page. An existing file is never replaced. */
export async function exportRuns(request: Request): Promise<Result<Report>> {
  const { vm, out = "rdp-runs.jsonl" } = request.options;
  const only = vm === undefined ? undefined : parseVmId(vm);
  if (only && !only.ok) return only;
  return withHistory(request, async (store) => {
    const path = resolve(out);
    const file = create(path);
    if (!file.ok) return file;
    try {
      const counts = await writeRuns(store, file.value, only && vmKey(only.value));
      const { runs, unreadable } = counts;
      const left = unreadable > 0 ? [`${unreadable} runs are damaged or of another version, and were left out.`] : [];
      return ok({
        data: { path, ...counts },
        text: () => [`Wrote ${runs} runs to ${path}.`, ...left],
        exitCode: 0 as const,
      });
    } finally {
      closeSync(file.value);
    }
  });
}

async function writeRuns(
  store: Pick<RunStore, "list">,
  file: number,
  key: string | undefined,
): Promise<{ runs: number; unreadable: number }> {
  const counts = { runs: 0, unreadable: 0 };
  let after: string | undefined;
  do {
    const page = await store.list({ limit: pageSize, ...(key && { vmKey: key }), ...(after && { after }) });
    for (const run of page.runs) writeSync(file, `${JSON.stringify(run)}\n`);
    counts.runs += page.runs.length;
    counts.unreadable += page.unreadable?.length ?? 0;
    after = page.next ?? undefined;
  } while (after);
  return counts;
}

/** Readable by this account alone: runs name people and hold plans. */
function create(path: string): Result<number> {
  try {
    return ok(openSync(path, "wx", 0o600));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const reason =
      code === "EEXIST" ? "the file exists already" : String(error instanceof Error ? error.message : error);
    return fail("invalid-input", `The runs could not be written to ${path}: ${reason}. Name another file with --out.`);
  }
}
