import { ok, type Result } from "../../lib/core/problem.ts";
import { parseVmId, vmKey } from "../../lib/core/vm-id.ts";
import { withRunList } from "../history.ts";
import { placeOf } from "../place.ts";
import { describeUnreadable, renderRuns } from "../render/runs.ts";
import { renderSimulated } from "../render/simulated.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Lists the runs stored on this machine, newest first. */
export async function runs(request: Request): Promise<Result<Report>> {
  const { vm, limit, state, outcome, since } = request.options;
  const only = vm === undefined ? undefined : parseVmId(vm);
  if (only && !only.ok) return only;
  return withRunList(request, (list) => {
    const page = list.list({ limit, state, outcome, since, vmKey: only && vmKey(only.value) });
    const { program, err } = request.terminal;
    // The JSON document is the list of the runs that were read.
    if (request.options.json && page.unreadable.length > 0)
      err.write(`${describeUnreadable(page.unreadable, program)}\n`);
    return ok({
      data: page.runs,
      text: (layout) => [...renderSimulated(placeOf(request), layout), ...renderRuns(page, layout, program)],
      exitCode: 0 as const,
    });
  });
}
