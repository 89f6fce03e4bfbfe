import { randomUUID } from "node:crypto";
import { ok, type Result } from "../lib/core/problem.ts";
import { createOperation, type OperationRequest } from "../lib/fleet/create-operation.ts";
import type { FleetOperation } from "../lib/fleet/fleet-operation.ts";
import { viewOperation } from "../lib/fleet/operation-view.ts";
import type { Selection } from "../lib/fleet/ports.ts";
import { describeSelection, selectTargets } from "../lib/fleet/select-targets.ts";
import { exitCodeOfOperation } from "./exit-code.ts";
import { sandboxSelection } from "./fleet-selection.ts";
import { userName, waitForAbort } from "./local-runs.ts";
import { describeFleetProgress, renderOperation } from "./render/fleet.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { truncateText } from "./render/wrap.ts";
import { type Report, simulationOf } from "./report.ts";
import type { Request } from "./request.ts";
import { type OpenSession, withService } from "./session.ts";
import { changesNothing } from "./settle-earlier.ts";
import { runOptions } from "./start-run.ts";
import type { Output } from "./terminal.ts";

/** Opens the service for work on an operation. Unfinished diagnoses are resumed meanwhile. */
export function inFleet(
  request: Request,
  work: (opened: OpenSession) => Promise<Result<Report>>,
): Promise<Result<Report>> {
  return withService(
    request,
    () => {},
    async (opened) => {
      await opened.local.engine.resume(changesNothing);
      return work(opened);
    },
  );
}

/** What an operation is started with at a terminal; the rest is the same for all of them. */
export interface FleetStart extends Pick<OperationRequest, "intent" | "policy"> {
  /** `null`: all VMs of the sandbox. */
  readonly selection: Selection | null;
}

/** Starts an operation and follows it to its end. */
export async function startAndFollow(
  request: Request,
  opened: OpenSession,
  { intent, policy, selection: given }: FleetStart,
  report?: (operation: FleetOperation) => Promise<Report>,
): Promise<Result<Report>> {
  const { local, place } = opened;
  const selection = given ?? sandboxSelection(place.sandbox?.firstVm);
  const found = await selectTargets(local.inventory, selection, async () => ok(true));
  if (!found.ok) return found;
  const created = createOperation(
    {
      id: randomUUID(),
      intent,
      // Nobody is asked about single plans: what is riskier than --max-risk waits for a decision.
      options: runOptions(request.options, intent, null),
      trigger: { kind: "terminal", by: userName() },
      request: "",
      selection: describeSelection(selection),
      policy,
      targets: found.value.targets,
    },
    new Date(),
  );
  if (!created.ok) return created;
  const { id } = await local.fleet.start(created.value);
  return followFleet(request, opened, id, report);
}

/** Works on an operation until it has ended, and shows the progress. Ctrl-C pauses it. */
export async function followFleet(
  request: Request,
  opened: OpenSession,
  id: string,
  report: (operation: FleetOperation) => Promise<Report> = async (operation) =>
    reportOperation(operation, opened.place),
): Promise<Result<Report>> {
  const { local, place } = opened;
  const settled = await settleFleet(request, opened, id);
  if (settled) return ok(await report(settled));
  await local.fleet.signal(id, { kind: "pause", by: userName() });
  const left = await local.fleet.get(id);
  return left.ok ? ok({ ...reportOperation(left.value, place), exitCode: 130 }) : left;
}

/** The ended operation; `null` when Ctrl-C came first. */
async function settleFleet({ terminal }: Request, { local }: OpenSession, id: string): Promise<FleetOperation | null> {
  await local.engine.resume(({ operation }) => operation?.id === id);
  const stopShowing = showProgress(terminal.err, async () => {
    const operation = await local.fleet.get(id);
    return operation.ok ? describeFleetProgress(viewOperation(operation.value)) : "";
  });
  try {
    return await Promise.race([local.fleet.settled(id), waitForAbort(terminal.stopped)]);
  } finally {
    stopShowing();
  }
}

export function reportOperation(operation: FleetOperation, place: CommandPlace): Report {
  const view = viewOperation(operation);
  return {
    data: { ...view, ...simulationOf(place) },
    text: (layout) => renderOperation(view, place, layout),
    exitCode: exitCodeOfOperation(view),
  };
}

const showEveryMs = 1000;

/** One line that is overwritten on a terminal; elsewhere a line whenever it has changed. */
function showProgress(output: Output, read: () => Promise<string>): () => void {
  let last = "";
  async function show(): Promise<void> {
    const line = truncateText(await read(), output.layout.width - 1);
    if (line === last || line === "") return;
    last = line;
    output.write(output.live ? `\r\u001b[2K${output.layout.paint("quiet", line)}` : `${line}\n`);
  }
  const timer = setInterval(() => void show().catch(() => {}), showEveryMs);
  return () => {
    clearInterval(timer);
    if (output.live && last !== "") output.write("\r\u001b[2K");
  };
}
