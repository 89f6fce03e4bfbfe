import { ok, type Result } from "../../lib/core/problem.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { openHistory } from "../open-history.ts";
import { placeOf } from "../place.ts";
import { describeUnreadable, renderRuns } from "../render/runs.ts";
import { renderSimulated } from "../render/simulated.ts";
import { type Report, rowOfRun } from "../report.ts";
import type { Request } from "../request.ts";
import { serviceUrlOf } from "../service-url.ts";

/** Lists the stored runs, newest first. */
export async function runs(request: Request): Promise<Result<Report>> {
  const { vm, limit, state, outcome, since } = request.options;
  const only = vm === undefined ? ok(undefined) : parseVmId(vm);
  if (!only.ok) return only;
  const history = await openHistory(request);
  if (!history.ok) return history;
  const listed = await history.value.list({ limit, state, outcome, since, vm: only.value });
  if (!listed.ok) return listed;
  const page = listed.value;
  const place = placeOf(request);
  const service = serviceUrlOf(request);
  if (!service.ok) return service;
  const fits = [vm, state, outcome, since].some((one) => one !== undefined) ? " that fits" : "";
  const none = `No run${fits} is stored ${service.value === null ? "on this machine" : `in the service at ${service.value}`}.`;
  // The JSON document is the list of the runs that were read.
  if (request.options.json && page.unreadable.length > 0) {
    request.terminal.err.write(`${describeUnreadable(page.unreadable, place.program)}\n`);
  }
  return ok({
    data: page.runs,
    table: page.runs.map(rowOfRun),
    text: (layout) => [...renderSimulated(place, layout), ...renderRuns(page, layout, place, none)],
    exitCode: 0 as const,
  });
}
