import { ok, type Result } from "../../lib/core/problem.ts";
import { parseVmId, vmKey } from "../../lib/core/vm-id.ts";
import { withHistory } from "../history.ts";
import { describeUnreadable, renderRuns, summarizeRun } from "../render/runs.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Lists the runs stored on this machine, newest first. */
export async function runs(request: Request): Promise<Result<Report>> {
  const { vm, limit } = request.options;
  const only = vm === undefined ? undefined : parseVmId(vm);
  if (only && !only.ok) return only;
  return withHistory(request, async (store) => {
    const page = await store.list({ limit, ...(only && { vmKey: vmKey(only.value) }) });
    const { program, err } = request.terminal;
    // The JSON document is the list of the runs that were read.
    if (request.options.json && page.unreadable) err.write(`${describeUnreadable(page.unreadable, program)}\n`);
    return ok({
      data: page.runs.map(summarizeRun),
      text: (layout) => renderRuns(page, layout, program),
      exitCode: 0 as const,
    });
  });
}
