import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { runCommandName } from "../../../lib/runs/machine/script.ts";
import type { RunStore } from "../../../lib/runs/ports.ts";
import { type SandboxProcess, startSandboxProcess } from "../processes/sandbox-process.ts";
import { freePort, untilServing } from "../processes/service-process.ts";
import { brokenVms } from "../processes/world.ts";
import { createRandom } from "../random.ts";
import { executedTwice } from "../violations.ts";
import { createCallers } from "./callers.ts";
import { notificationSettings, notificationsOf, type ToldOf } from "./notifications.ts";
import { openTarget, type Target, type TargetName } from "./targets.ts";

export interface KillOptions {
  readonly store: TargetName;
  readonly seed: number;
  readonly kills: number;
  /** How many VMs the callers use. */
  readonly vms: number;
  /** The longest time between two kills. */
  readonly longestMs?: number;
  /** A bundle of the service, which starts faster. */
  readonly program?: string;
  /** Without receivers of notifications: after a kill, the outbox takes a minute and a half. */
  readonly isSilent?: true;
  readonly tell: (line: string) => void;
}

export interface KillResult {
  readonly store: TargetName;
  readonly seed: number;
  readonly kills: number;
  readonly accepted: Readonly<Record<"posts" | "alerts" | "undos" | "approvals" | "cancels", number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly scripts: number;
  /** Run Commands of cancelled runs that may still be running, as far as the service can know: deleted at their deadline. */
  readonly awaited: number;
  /** Of the receiver of notifications; `null`: there was none. */
  readonly notifications: Pick<ToldOf, "events" | "repeated"> | null;
  /** Sentences about what must never be. */
  readonly violations: readonly string[];
}

/**
 * How long after the last kill every promised run may take to end: several runs wait for each VM, and in a Functions host a message
 * that the killed one had taken is hidden for minutes.
 */
const patienceMs = 600_000;

/**
 * Callers ask for mixed work while the service is killed at random instants, and started again. Then everything that was
 * promised must end, each script executed once.
 */
export async function killCampaign(options: KillOptions): Promise<KillResult> {
  const { store, seed, kills, vms, longestMs = 6000, program, isSilent, tell } = options;
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "campaign-kill-"));
  // Some of what Azure was asked for is done, and its answer is lost.
  const faults = [
    { on: "*/runCommands/write", after: 5, times: 3, answer: { kind: "dropped", carriedOut: true } },
    { on: "*/runCommands/read", after: 20, times: 3, answer: { kind: "server-error" } },
    { on: "*/virtualMachines/read", after: 15, times: 3, answer: { kind: "throttled", retryAfterSeconds: 1 } },
  ];
  const azure = await startSandboxProcess(brokenVms(vms, { faults }));
  const port = await freePort();
  const target = await openTarget[store]({
    azure: azure.banner,
    port,
    folder,
    program,
    ...(!isSilent && { settings: notificationSettings(azure.banner) }),
  });
  const violations: string[] = [];
  let service = target.start();
  try {
    await untilServing(service);
    const callers = await createCallers(service.url, azure, random);
    for (let kill = 1; kill <= kills; kill += 1) {
      // Some instants are in the middle of the start, most of them in the middle of the work.
      const isEarly = random.next() < 0.15;
      if (!isEarly) await untilServing(service);
      for (let caller = 0; caller < 4; caller += 1) callers.act();
      await setTimeout(random.below(isEarly ? 800 : longestMs));
      await service.kill();
      violations.push(...target.damage());
      tell(`killed ${kill} of ${kills}`);
      service = target.start();
    }
    await untilServing(service);
    await callers.finish();
    const outcomes = await endsOf(callers, violations);
    const stored = target.open();
    const behind = await leftBehind(azure, stored);
    const told = isSilent ? null : await notificationsOf(azure, stored, callers.everyRun());
    violations.push(
      ...callers.promised.doubled.map((runs) => `One firing led to several runs: ${runs}.`),
      ...executedTwice(azure),
      ...behind.violations,
      ...(told?.violations ?? []),
      ...(await stillLeft(target)),
    );
    const { posts, alerts, undos, approvals, cancels } = callers.promised;
    return {
      store,
      seed,
      kills,
      accepted: {
        posts: posts.size,
        alerts: alerts.size,
        undos: undos.size,
        approvals: approvals.size,
        cancels: cancels.size,
      },
      outcomes,
      scripts: azure.executed.length,
      awaited: behind.awaited,
      notifications: told && { events: told.events, repeated: told.repeated },
      violations,
    };
  } finally {
    await service.kill();
    await target.close();
    await azure.close();
    rmSync(folder, { recursive: true });
  }
}

/** Waits for the end of every promised run. Counts the outcomes; what does not end is a violation. */
async function endsOf(
  callers: Awaited<ReturnType<typeof createCallers>>,
  violations: string[],
): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  const deadline = Date.now() + patienceMs;
  for (const id of callers.everyRun()) {
    for (;;) {
      const { status, body } = await callers.ask("requester", `/api/runs/${id}`);
      const outcome = body.outcome ?? (body.state === "awaiting-approval" ? "awaiting-approval" : null);
      const isLost = status === 404;
      const isLate = Date.now() > deadline;
      if (isLost) violations.push(`Run ${id} was promised, and is lost.`);
      else if (outcome !== null) outcomes[String(outcome)] = (outcomes[String(outcome)] ?? 0) + 1;
      else if (isLate) violations.push(`Run ${id} is still ${String(body.state)}.`);
      if (outcome === "unknown" || outcome === "failed") {
        const { code, message } = (body.error ?? {}) as { code?: string; message?: string };
        // Another run works on the VM: that is an answer, and no damage.
        if (code !== "VmClaimed") violations.push(`Run ${id} ended ${outcome}: ${message}`);
      }
      if (isLost || outcome !== null || isLate) break;
      await setTimeout(200);
    }
  }
  return outcomes;
}

/** What stays left: a run gives its claim back after its outcome. */
async function stillLeft(target: Pick<Target, "left">): Promise<readonly string[]> {
  for (let looks = 1; ; looks += 1) {
    const left = target.left();
    if (left.length === 0 || looks === mostLooks) return left;
    await setTimeout(betweenLooksMs);
  }
}

/** For two minutes. */
const mostLooks = 400;
const betweenLooksMs = 300;

/** Looks for Run Commands that no run will delete. The deletions follow the outcome. */
async function leftBehind(
  azure: SandboxProcess,
  store: Pick<RunStore, "get">,
): Promise<{ awaited: number; violations: string[] }> {
  for (let looks = 1; ; looks += 1) {
    const names = await azure.runCommands();
    const owned = await Promise.all(names.map((name) => isAwaited(name, store)));
    const nobodys = names.filter((_, index) => !owned[index]);
    if (nobodys.length === 0 || looks === mostLooks) {
      const violations = nobodys.map((name) => `The Run Command ${name} was left behind.`);
      return { awaited: names.length - nobodys.length, violations };
    }
    await setTimeout(betweenLooksMs);
  }
}

/** Whether its run has noted to delete it when its script can no longer be running. */
async function isAwaited(name: string, store: Pick<RunStore, "get">): Promise<boolean> {
  const { id = "" } = /^rdpfix-(?<id>[0-9a-f-]{36})-/.exec(name)?.groups ?? {};
  const { run } = (await store.get(id)) ?? {};
  return (
    run?.cleanup.some(
      ({ step, awaitUntil }) =>
        runCommandName(run.id, step) === name && awaitUntil !== null && Date.parse(awaitUntil) > Date.now(),
    ) ?? false
  );
}
