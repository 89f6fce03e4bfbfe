import { ok, type Result } from "../lib/core/problem.ts";
import type { OperationView } from "../lib/fleet/operation-view.ts";
import type { Selection } from "../lib/fleet/ports.ts";
import { systemClock } from "../lib/local/clock.ts";
import { connectService } from "./connect-service.ts";
import { exitCodeOfOperation } from "./exit-code.ts";
import type { FleetPort, FleetRequest } from "./fleet-port.ts";
import { sandboxSelection } from "./fleet-selection.ts";
import { createLocalFleet } from "./local-fleet.ts";
import { placeOf } from "./place.ts";
import { describeFleetProgress, renderOperation } from "./render/fleet.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { truncateText } from "./render/wrap.ts";
import { type Report, simulationOf } from "./report.ts";
import type { Request } from "./request.ts";
import { createServiceFleet } from "./service-fleet.ts";
import { withService } from "./session.ts";
import { changesNothing } from "./settle-earlier.ts";
import { runOptions, serviceOptions } from "./start-run.ts";
import type { Output } from "./terminal.ts";

/** Operations at work, for one call of the program. */
export interface FleetSession {
  readonly fleet: FleetPort;
  readonly place: CommandPlace;
  /** Whether this process does the work; else a service does, and goes on when this process ends. */
  readonly isLocal: boolean;
}

/** Opens what works on operations. In this process, unfinished diagnoses are resumed meanwhile. */
export async function inFleet(
  request: Request,
  work: (session: FleetSession) => Promise<Result<Report>>,
): Promise<Result<Report>> {
  const client = await connectService(request);
  if (!client.ok) return client;
  if (client.value) {
    return work({ fleet: createServiceFleet(client.value, systemClock), place: placeOf(request), isLocal: false });
  }
  return withService(
    request,
    () => {},
    async ({ local, place }) => {
      await local.engine.resume(changesNothing);
      return work({ fleet: createLocalFleet(local), place, isLocal: true });
    },
  );
}

/** What an operation is started with at a terminal; the rest is the same for all of them. */
export interface FleetStart extends Pick<FleetRequest, "intent" | "policy"> {
  /** `null`: all VMs of the sandbox. */
  readonly selection: Selection | null;
}

/** Starts an operation and follows it to its end. */
export async function startAndFollow(
  request: Request,
  session: FleetSession,
  { intent, policy, selection }: FleetStart,
  report?: (operation: OperationView) => Promise<Result<Report>>,
): Promise<Result<Report>> {
  const { fleet, place, isLocal } = session;
  const started = await fleet.start({
    intent,
    policy,
    selection: selection ?? sandboxSelection(place.sandbox?.firstVm),
    // Nobody is asked about single plans: what is riskier than --max-risk waits for a decision.
    options: isLocal ? runOptions(request.options, intent, null) : serviceOptions(request.options, intent),
  });
  return started.ok ? followFleet(request, session, started.value.id, report) : started;
}

/** Follows an operation to its end, and shows the progress. Ctrl-C pauses one that this process works on. */
export async function followFleet(
  { terminal }: Request,
  { fleet, place, isLocal }: FleetSession,
  id: string,
  report: (operation: OperationView) => Promise<Result<Report>> = async (operation) =>
    ok(reportOperation(operation, place)),
): Promise<Result<Report>> {
  const progress = createFleetProgress(terminal.err);
  let settled: Result<OperationView> | null;
  try {
    settled = await fleet.settled(id, progress.show, terminal.stopped);
  } finally {
    progress.stop();
  }
  if (settled) return settled.ok ? report(settled.value) : settled;
  if (isLocal) await fleet.signal(id, "pause");
  const left = await fleet.get(id);
  return left.ok ? ok({ ...reportOperation(left.value, place), exitCode: 130 }) : left;
}

export function reportOperation(view: OperationView, place: CommandPlace): Report {
  return {
    data: { ...view, ...simulationOf(place) },
    text: (layout) => renderOperation(view, place, layout),
    exitCode: exitCodeOfOperation(view),
  };
}

/** One line that is overwritten on a terminal; elsewhere a line whenever it has changed. */
function createFleetProgress(output: Output): { show: (operation: OperationView) => void; stop: () => void } {
  let last = "";
  return {
    show(operation) {
      const line = truncateText(describeFleetProgress(operation), output.layout.width - 1);
      if (line === last) return;
      last = line;
      output.write(output.live ? `\r\u001b[2K${output.layout.paint("quiet", line)}` : `${line}\n`);
    },
    stop() {
      if (output.live && last !== "") output.write("\r\u001b[2K");
    },
  };
}
