import { isDeepStrictEqual } from "node:util";
import type { Run } from "../../../lib/core/run.ts";
import { sweepLeftovers } from "../../../lib/runs/maintenance/clean-up-run-commands.ts";
import { isUnfinished } from "../../../lib/runs/maintenance/unfinished-runs.ts";
import { planUndo } from "../../../lib/runs/planning/undo-plan.ts";
import { lifetimeMs } from "../../../lib/runs/spent-run-commands.ts";
import { type CampaignRig, type EngineName, openRig } from "../rig.ts";
import type { FaultKind } from "./kinds.ts";
import { type Scenario, type ScenarioName, scenarios, windowsOf } from "./scenarios.ts";

/** One call of ARM in a scenario: its action, and the step of its script when it is about one. */
export interface ArmCall {
  readonly scenario: ScenarioName;
  readonly action: string;
  readonly step: string | null;
}

export interface FaultCase {
  readonly engine: EngineName;
  readonly call: ArmCall;
  readonly kind: FaultKind;
  readonly often: "once" | "always";
}

/** The same in a Functions host. */
export type HostCase = Omit<FaultCase, "engine">;

export interface CaseResult {
  /** As in the table: the outcome, and the code of its problem. */
  readonly ended: string;
  /** What must never be, in sentences; empty: nothing of it was. */
  readonly violations: readonly string[];
}

/** The calls that the scenarios make without a fault, each once. */
export async function callsOfScenarios(): Promise<ArmCall[]> {
  const calls = new Map<string, ArmCall>();
  for (const [scenario, { world, prepare }] of Object.entries(scenarios) as [ScenarioName, Scenario][]) {
    const rig = await openRig("local", world());
    const run = await prepare(rig);
    const earlier = rig.sandbox.calls.length;
    await rig.runToEnd(run);
    for (const { action, path } of rig.sandbox.calls.slice(earlier)) {
      const step = /rdpfix-[0-9a-f-]{36}-([a-z]+-\d+)$/.exec(path)?.[1] ?? null;
      const key = `${action} ${step}`;
      if (action !== null && !calls.has(key)) calls.set(key, { scenario, action, step });
    }
    await rig.close();
  }
  return [...calls.values()];
}

/** It is real time, because only a time-out of the SDK ends a silent connection. */
const slowAnswerMs = { answerWithinMs: 3000 };

/** No run may take longer than this of simulated time, whatever Azure does. */
const longestMs = 2 * 3_600_000;

/** On an engine in this process. */
export async function tryCase({ engine, ...one }: FaultCase): Promise<CaseResult> {
  const world = scenarios[one.call.scenario].world();
  const rig = await openRig(engine, world, one.kind.isSlow ? slowAnswerMs : {});
  try {
    return await tryOn(rig, one);
  } finally {
    await rig.close();
  }
}

/** `part`: of the paths of the calls of this VM and of no other; absent: there is one VM. */
export async function tryOn(rig: CampaignRig, { call, kind, often }: HostCase, part = ""): Promise<CaseResult> {
  const scenario = scenarios[call.scenario];
  const asked = await scenario.prepare(rig);
  const before = windowsOf(rig);
  const scriptsThere = () => rig.sandbox.scriptRuns.filter(({ vm }) => vm === rig.vm.name);
  const earlier = scriptsThere().length;
  rig.sandbox.disturb({
    on: call.action,
    path: call.step === null ? part : `${part}*-${call.step}`,
    after: 0,
    times: often === "once" ? 1 : 1_000_000,
    answer: kind.answer,
  });
  const run = await rig.runToEnd(asked);
  const seen = rig.sandbox.calls.some(({ path, fault }) => fault !== null && path.toLowerCase().includes(part));
  const scripts = scriptsThere().slice(earlier);
  return {
    ended: describe(run),
    violations: [
      ...(seen ? [] : ["The fault was never met: the case proves nothing."]),
      ...wrongAnyway(run, scripts, rig),
      ...untrue(run, scenario, scripts, !isDeepStrictEqual(before, windowsOf(rig))),
      ...(await leftBehind(run, rig, { call, often })),
      ...(mustSucceed({ call, kind, often }) && run.outcome?.kind !== scenario.outcome
        ? [`It ended ${describe(run)}: ${run.outcome?.summary}`]
        : []),
    ],
  };
}

function describe({ outcome }: Run): string {
  if (!outcome) return "not ended";
  const code = outcome.problem?.code;
  return code ? `${outcome.kind} (${code})` : outcome.kind;
}

/** One fault that passes never decides the outcome. A refusal does only where it comes before the first change. */
function mustSucceed({ call, kind, often }: HostCase): boolean {
  if (often === "always") return false;
  return !kind.isRefusal || !isAskedForFirst(call);
}

/** What is read before all else. Without the scale set nobody knows whether it keeps what is repaired. */
const readFirst = [
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.HybridCompute/machines/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
  "Microsoft.Compute/virtualMachineScaleSets/read",
];

/** Reading the VM, and every request that changes something. What is only looked at is looked at again. */
function isAskedForFirst({ action }: ArmCall): boolean {
  return (
    readFirst.includes(action) ||
    action.endsWith("/runCommands/write") ||
    action.endsWith("/restart/action") ||
    action.includes("/jitNetworkAccessPolicies/")
  );
}

type Scripts = CampaignRig["sandbox"]["scriptRuns"];

function wrongAnyway(run: Run, scripts: Scripts, rig: CampaignRig): string[] {
  const steps = scripts.map(({ step }) => step);
  const twice = steps.filter((step, index) => steps.indexOf(step) !== index);
  // Until its outcome: a late reply is looked for after that, and the VM is free.
  const ended = run.log.find(({ state }) => state === "ended")?.at ?? run.updatedAt;
  const took = Date.parse(ended) - Date.parse(run.createdAt);
  return [
    ...twice.map((step) => `The script of ${step} was executed twice.`),
    ...scripts
      .filter(({ interrupted }) => interrupted)
      .map(({ step }) => `The script of ${step} was ended by a DELETE.`),
    ...(rig.restarts() > 1 ? [`The VM was restarted ${rig.restarts()} times.`] : []),
    ...(run.outcome?.problem?.code === "internal" ? [`It ended as a bug: ${run.outcome.problem.detail}`] : []),
    ...(isUnfinished(run) ? ["Work is left for it after all the time that it was given."] : []),
    ...(took > longestMs ? [`It took ${Math.round(took / 60_000)} minutes.`] : []),
  ];
}

/** The outcome agrees with what happened in Windows. */
function untrue(run: Run, { changes }: Scenario, scripts: Scripts, isChanged: boolean): string[] {
  const kind = run.outcome?.kind;
  const executed = scripts.some(({ step }) => step !== null && changes.includes(step));
  const isUnknown = kind === "unknown";
  const isDone = kind === "repaired" || kind === "undone";
  const receipts = run.receipts.some(({ changed }) => changed);
  return [
    ...(isDone && !executed ? [`It ended ${kind}, and its script was not executed.`] : []),
    ...(isChanged && !receipts && !isUnknown ? [`It ended ${kind} without receipts, and Windows was changed.`] : []),
    ...(isDone && !isChanged ? [`It ended ${kind}, and Windows was not changed.`] : []),
    ...(isChanged && run.intent === "repair" && run.state === "ended" && !planUndo(run)
      ? [`Its changes are in effect, it ended ${kind}, and it cannot be undone.`]
      : []),
  ];
}

/**
 * A Run Command stays only where its deletion failed, or where its end could never be read. The next sweep deletes it, unless
 * that fails for ever.
 */
async function leftBehind(run: Run, rig: CampaignRig, { call, often }: Pick<FaultCase, "call" | "often">) {
  const left = await namesOfRunCommands(run, rig);
  if (left.length === 0) return [];
  const isDelete = call.action.endsWith("/runCommands/delete");
  const isUnread = often === "always" && call.action.endsWith("/runCommands/read");
  if (!isDelete && !isUnread) return left.map((name) => `The Run Command ${name} was left behind.`);
  await rig.pass(lifetimeMs);
  const { now } = rig;
  await sweepLeftovers({ store: rig.store, runCommands: rig.azure.runCommands, channel: rig.azure.channel, now });
  if (isDelete && often === "always") return [];
  return (await namesOfRunCommands(run, rig)).map((name) => `The sweep left the Run Command ${name}.`);
}

/** Azure shows a deleted Run Command until the agent has let go of it. */
const goneAfterMs = 60_000;

async function namesOfRunCommands(run: Run, { azure, pass }: CampaignRig): Promise<string[]> {
  await pass(goneAfterMs);
  for (;;) {
    const left = await azure.runCommands.list(run.vm);
    // A connection that was kept open may be closed at this moment.
    if (left.ok) return left.value.map(({ name }) => name);
    if (!left.problem.retryable) throw new Error(left.problem.message);
  }
}
