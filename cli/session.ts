import { once } from "node:events";
import { userInfo } from "node:os";
import { composeLocal, type LocalService } from "../lib/compose.ts";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import { type VmId, vmKey } from "../lib/core/vm-id.ts";
import { acceptedRequests } from "../lib/runs/machine/requests.ts";
import { readSettings, type Settings } from "../lib/settings.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { openDatabase } from "./history.ts";
import { placeOf } from "./place.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { renderSimulated } from "./render/simulated.ts";
import { renderTime } from "./render/time.ts";
import { type Report, reportRun } from "./report.ts";
import type { Request } from "./request.ts";
import { startCallSandbox } from "./sandbox.ts";
import { Stopped } from "./stopped.ts";
import { isYes, type Terminal } from "./terminal.ts";

/** The service for one call of the program. */
export interface Session extends Pick<LocalService, "service" | "engine"> {
  readonly place: CommandPlace;
  readonly trigger: Run["trigger"];
  /** Waits until a run ends or needs a decision, and shows its progress. @throws Stopped */
  settle(runId: string): Promise<Run>;
  /**
   * Waits for earlier runs on this VM. An interrupted run that may change the VM is resumed only when the user agrees.
   * A run that holds the VM and is not resumed is a problem; its message names the next command. @throws Stopped
   */
  settleEarlier(vm: VmId): Promise<Result<void>>;
}

/** Opens the service and reports the run that `work` returns. Unfinished diagnoses are resumed meanwhile. */
export async function workInSession(
  request: Request,
  work: (session: Session) => Promise<Result<Run>>,
  report: (run: Run, place: CommandPlace) => Report = reportRun,
): Promise<Result<Report>> {
  const progress = createProgress(request.terminal.err);
  try {
    return await withService(request, progress.saved, async ({ local, place }) => {
      await local.engine.resume(changesNothing);
      const run = await work(createSession(local, place, progress, request.terminal));
      return run.ok ? ok(report(run.value, place)) : run;
    });
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
): Promise<Result<T>> {
  const toClose: (() => Promise<void>)[] = [];
  try {
    const opened = await open(request, onSaved, toClose);
    return opened.ok ? await work(opened.value) : opened;
  } finally {
    for (const close of toClose.reverse()) await close();
  }
}

async function open(
  { options, terminal }: Request,
  onSaved: (run: Run) => void,
  toClose: (() => Promise<void>)[],
): Promise<Result<OpenSession>> {
  const { environment, err } = terminal;
  const reached =
    options.sandbox === undefined ? realAzure(environment) : await startCallSandbox(options.sandbox, options.guest);
  if (!reached.ok) return reached;
  const { settings, simulation, sandbox, close } = reached.value;
  toClose.push(close);
  const place = { ...placeOf({ terminal, options }), sandbox: simulation };
  // On a terminal, where both outputs are seen, the result says it.
  if (!(err.live && terminal.out.live)) for (const line of renderSimulated(place, err.layout)) err.write(`${line}\n`);
  const local = await openDatabase(settings.database, () => composeLocal(settings, { onSaved }));
  if (!local.ok) return local;
  toClose.push(local.value.close);
  return ok({ local: local.value, place, settings, sandbox });
}

function realAzure(environment: Request["terminal"]["environment"]) {
  const settings = readSettings(environment);
  return settings.ok
    ? ok({ settings: settings.value, simulation: null, sandbox: null, close: async () => {} })
    : settings;
}

function createSession(local: LocalService, place: CommandPlace, progress: Progress, terminal: Terminal): Session {
  const { engine, service } = local;

  async function settle(runId: string): Promise<Run> {
    const begun = await engine.get(runId);
    if (begun.ok) progress.follow(begun.value);
    try {
      const settled = await Promise.race([engine.settled(runId), waitForAbort(terminal.stopped)]);
      if (settled) return settled;
    } finally {
      progress.stop();
    }
    throw new Stopped(await cancelOrLeave(runId), place);
  }

  /** Ctrl-C while waiting also cancels the run. That is possible until its first change. */
  async function cancelOrLeave(runId: string): Promise<Run> {
    const cancelled = await engine.signal(runId, { kind: "cancel", by: userName() });
    // Waits until the Run Command is deleted. In a sandbox that is not needed.
    if (cancelled.ok && !place.sandbox) return engine.settled(runId);
    const left = await engine.get(runId);
    if (!left.ok) throw new Error(left.problem.message);
    return left.value;
  }

  async function mayGoOnWith(run: Run): Promise<boolean> {
    if (!terminal.ask) return false;
    terminal.err.write(
      `Run ${run.id} (${run.intent}) of this VM was interrupted at ${run.updatedAt} (${run.state}).\n`,
    );
    const answer = await terminal.ask("Go on with it? It may change the VM. [y/N] ");
    return isYes(answer);
  }

  return {
    engine,
    service,
    place,
    trigger: { kind: "terminal", by: userName() },
    settle,
    async settleEarlier(vm) {
      const { runs } = await engine.list({ vmKey: vmKey(vm), limit: 20 });
      // A decision may take a day, and a weakened setting stays weakened until its deadline or an undo.
      const patient = (run: Run) => run.state === "awaiting-approval" || isWeakenedFor(run, new Date());
      const holder = runs.find((run) => patient(run) && run.claimed);
      if (holder) return heldProblem(holder, place);
      const earlier = runs.filter((run) => !patient(run) && (run.state !== "ended" || run.claimed));
      for (const run of earlier) {
        const interrupted = !changesNothing(run) && !engine.isAtWorkElsewhere(run.id);
        if (interrupted && !(await mayGoOnWith(run))) return interruptedProblem(run, place);
        terminal.err.write(`Run ${run.id} (${run.intent}) of this VM is not finished: waiting for it first.\n`);
        await settle(run.id);
      }
      return ok(undefined);
    },
  };
}

/** Resolves when the signal aborts. */
export async function waitForAbort(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, "abort");
  return null;
}

/** A run that may be resumed without asking: a diagnosis, or a run with only its cleanup left. */
export function changesNothing({ intent, state }: Run): boolean {
  return intent === "diagnose" || state === "ended";
}

/** The problem for a run that has changed the VM and waits: what it waits for, and the commands that end the wait. */
function heldProblem({ id, state, plan, decideBy, weakening }: Run, { program }: CommandPlace): Result<never> {
  const message =
    state === "awaiting-approval"
      ? `Run ${id} has changed this VM, and its next plan waits for a decision until ${renderTime(decideBy)}. Approve it: ${program} decide ${id} --approve --plan ${plan.hash.slice(0, 12)}. Or reject it: ${program} decide ${id} --reject.`
      : `Run ${id} keeps a setting of this VM weakened until ${renderTime(weakening?.until ?? "")}. Restore it now: ${program} undo ${id}.`;
  return fail("vm-claimed", message);
}

function interruptedProblem(run: Run, { program }: CommandPlace): Result<never> {
  const { id, intent, state, updatedAt } = run;
  const other = acceptedRequests(run).includes("cancel")
    ? `Or cancel it: ${program} cancel ${id}.`
    : `It may have begun to change the VM, so it cannot be cancelled; undo it after its end: ${program} undo ${id}.`;
  return fail(
    "vm-claimed",
    `Run ${id} (${intent}) of this VM was interrupted at ${updatedAt} (${state}) and was left alone. Go on with it: ${program} resume ${id}. ${other}`,
  );
}

function isWeakenedFor({ state, weakening }: Run, now: Date): boolean {
  return state === "weakened" && now.toISOString() < (weakening?.until ?? "");
}

export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user id may have no name.
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
