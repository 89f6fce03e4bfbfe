import type { ServiceClient } from "../lib/client/service-client.ts";
import { composeLocal, type LocalService } from "../lib/compose.ts";
import { ok, type Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import type { VmId } from "../lib/core/vm-id.ts";
import { systemClock } from "../lib/local/clock.ts";
import type { RunView } from "../lib/run-view/run-view.ts";
import { readSettings, type Settings } from "../lib/settings.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { connectService } from "./connect-service.ts";
import { openDatabase } from "./history.ts";
import { createLocalRuns, viewLocalRun } from "./local-runs.ts";
import { placeOf } from "./place.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { renderSimulated } from "./render/simulated.ts";
import { type Report, reportRun } from "./report.ts";
import type { Request } from "./request.ts";
import type { RunsPort } from "./runs-port.ts";
import { startCallSandbox } from "./sandbox.ts";
import { createServiceRuns } from "./service-runs.ts";
import { changesNothing, settleEarlier } from "./settle-earlier.ts";
import { Stopped } from "./stopped.ts";
import type { Terminal } from "./terminal.ts";

/** Runs at work, for one call of the program. */
export interface Session extends Omit<RunsPort, "settled"> {
  readonly place: CommandPlace;
  /** Whether this process does the work, for the person at the terminal; else a service does, by its own rules. */
  readonly isLocal: boolean;
  /** Waits until a run ends or needs a decision, and shows its progress. @throws Stopped */
  settle(runId: string): Promise<Result<RunView>>;
  /** See `settleEarlier`: what must be settled before a run on this VM may start. @throws Stopped */
  settleEarlier(vm: VmId): Promise<Result<void>>;
}

/** Opens the service and reports the run that `work` returns. Unfinished diagnoses are resumed meanwhile. */
export async function workInSession(
  request: Request,
  work: (session: Session) => Promise<Result<RunView>>,
  report: (run: RunView, place: CommandPlace) => Report = reportRun,
): Promise<Result<Report>> {
  const { terminal } = request;
  const client = await connectService(request);
  if (!client.ok) return client;
  const progress = createProgress(terminal.err);
  if (client.value) return workWithService(client.value, request, progress, work, report);
  const saved = (run: Run) => progress.saved(viewLocalRun(run));
  try {
    return await withService(request, saved, async ({ local, place }) => {
      await local.engine.resume(changesNothing);
      const runs = createLocalRuns(local);
      const settle = settling(runs, place, progress, terminal);
      const run = await work({
        ...runs,
        place,
        isLocal: true,
        settle,
        settleEarlier: (vm) => settleEarlier(vm, local.engine, terminal, settle),
      });
      return run.ok ? ok(report(run.value, place)) : run;
    });
  } finally {
    progress.stop();
  }
}

/** The same through a service, which resumes its runs by itself and keeps each VM to one run at a time. */
async function workWithService(
  client: ServiceClient,
  request: Request,
  progress: Progress,
  work: (session: Session) => Promise<Result<RunView>>,
  report: (run: RunView, place: CommandPlace) => Report,
): Promise<Result<Report>> {
  const place = placeOf(request);
  const runs = createServiceRuns(client, systemClock, progress.saved);
  const settle = settling(runs, place, progress, request.terminal);
  try {
    const run = await work({ ...runs, place, isLocal: false, settle, settleEarlier: async () => ok(undefined) });
    return run.ok ? ok(report(run.value, place)) : run;
  } finally {
    progress.stop();
  }
}

/** The service, opened with the options of the request. */
export interface OpenSession {
  readonly local: LocalService;
  readonly place: CommandPlace;
  readonly settings: Settings;
  /** The simulated Azure; `null` for the real one. */
  readonly sandbox: Sandbox | null;
}

/** Opens the service for `work`, and afterwards closes everything that was opened, also on an error. */
export async function withService<T>(
  request: Request,
  onSaved: (run: Run) => void,
  work: (opened: OpenSession) => Promise<Result<T>>,
  options: { readonly logNotifications?: (line: string) => void } = {},
): Promise<Result<T>> {
  const toClose: (() => Promise<void>)[] = [];
  try {
    const opened = await open(request, { onSaved, ...options }, toClose);
    return opened.ok ? await work(opened.value) : opened;
  } finally {
    for (const close of toClose.reverse()) await close();
  }
}

async function open(
  { options, terminal }: Request,
  composing: Parameters<typeof composeLocal>[1],
  toClose: (() => Promise<void>)[],
): Promise<Result<OpenSession>> {
  const { environment, err } = terminal;
  const pages = composing?.logNotifications ? { pagesUrl: `http://127.0.0.1:${options.port ?? defaultPort}` } : {};
  const reached =
    options.sandbox === undefined
      ? realAzure(environment)
      : await startCallSandbox(options.sandbox, options.guest, pages);
  if (!reached.ok) return reached;
  const { settings, simulation, sandbox, close } = reached.value;
  toClose.push(close);
  const place = { ...placeOf({ terminal, options }), sandbox: simulation };
  // On a terminal, where both outputs are seen, the result says it.
  if (!(err.live && terminal.out.live)) for (const line of renderSimulated(place, err.layout)) err.write(`${line}\n`);
  const local = await openDatabase(settings.database, () => composeLocal(settings, composing));
  if (!local.ok) return local;
  toClose.push(local.value.close);
  return ok({ local: local.value, place, settings, sandbox });
}

/** That of `serve`, as the settings have it. */
const defaultPort = 7071;

function realAzure(environment: Request["terminal"]["environment"]) {
  const settings = readSettings(environment);
  return settings.ok
    ? ok({ settings: settings.value, simulation: null, sandbox: null, close: async () => {} })
    : settings;
}

/** Waits for a run and shows its progress. Ctrl-C also cancels the run, which is possible until its first change. */
function settling(runs: RunsPort, place: CommandPlace, progress: Progress, terminal: Terminal): Session["settle"] {
  async function cancelOrLeave(runId: string): Promise<RunView> {
    const cancelled = await runs.cancel(runId);
    // Waits until the Run Command is deleted. In a sandbox that is not needed.
    const left = cancelled.ok && !place.sandbox ? await runs.settled(runId) : await runs.get(runId);
    if (!left?.ok) throw new Error(left?.problem.message);
    return left.value;
  }

  return async (runId) => {
    const begun = await runs.get(runId);
    if (!begun.ok) return begun;
    progress.follow(begun.value);
    try {
      const settled = await runs.settled(runId, terminal.stopped);
      if (settled) return settled;
    } finally {
      progress.stop();
    }
    throw new Stopped(await cancelOrLeave(runId), place);
  };
}
