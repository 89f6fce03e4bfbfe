import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { AlertIntake } from "../../../lib/http/responses.ts";
import type { RunView } from "../../../lib/run-view/run-view.ts";
import { metricAlert } from "../alert.ts";
import { createClient } from "../processes/client.ts";
import type { SandboxProcess } from "../processes/sandbox-process.ts";
import type { Random } from "../random.ts";

/** What callers asked for and were promised: each of these runs must end. */
export interface Promised {
  readonly posts: Set<string>;
  readonly alerts: Set<string>;
  readonly undos: Set<string>;
  readonly approvals: Set<string>;
  readonly cancels: Set<string>;
  /** Firings of an alert that led to more than one run. */
  readonly doubled: string[];
}

/** Callers of a service that dies and comes back: each repeats a request, under the same id, until it is answered. */
export async function createCallers(url: string, azure: SandboxProcess, random: Random) {
  const promised: Promised = {
    posts: new Set(),
    alerts: new Set(),
    undos: new Set(),
    approvals: new Set(),
    cancels: new Set(),
    doubled: [],
  };
  const { ask } = await createClient(url, azure);
  const stop = new AbortController();
  const working = new Set<Promise<unknown>>();

  async function untilState(runId: string, isReached: (run: RunView) => boolean): Promise<RunView | null> {
    while (!stop.signal.aborted) {
      const { body } = await ask("requester", `/api/runs/${runId}`);
      const run = body as unknown as RunView;
      if (isReached(run) || run.outcome !== null) return run;
      await setTimeout(300);
    }
    return null;
  }

  async function repair(vm: string, more: object): Promise<string | null> {
    const id = randomUUID();
    const { status, body } = await ask("requester", "/api/runs", { body: { vm, mode: "repair", ...more }, id });
    if (status !== 202) return null;
    promised.posts.add(String(body.id));
    return String(body.id);
  }

  /** Repairs, and sometimes undoes the repair. */
  async function repairAndUndo(vm: string, undoes: boolean): Promise<void> {
    const runId = await repair(vm, {});
    const ended = runId && undoes ? await untilState(runId, ({ outcome }) => outcome !== null) : null;
    if (ended?.outcome !== "repaired") return;
    const { status, body } = await ask("requester", `/api/runs/${runId}/undo`, { body: {}, id: randomUUID() });
    if (status === 202) promised.undos.add(String(body.id));
  }

  /** A plan that waits for an approver. */
  async function repairAndApprove(vm: string): Promise<void> {
    const runId = await repair(vm, { maximumRisk: "none" });
    const waiting = runId ? await untilState(runId, ({ state }) => state === "awaiting-approval") : null;
    if (waiting?.state !== "awaiting-approval") return;
    const body = { approved: true, planHash: waiting.plan?.hash };
    const { status } = await ask("approver", `/api/runs/${runId}/decision`, { body });
    if (status === 202 && runId) promised.approvals.add(runId);
  }

  async function repairAndCancel(vm: string, afterMs: number): Promise<void> {
    const runId = await repair(vm, {});
    await setTimeout(afterMs);
    const { status } = await ask("requester", `/api/runs/${runId}/cancel`, { body: {} });
    if (status === 202 && runId) promised.cancels.add(runId);
  }

  /** One firing, delivered three times at once. */
  async function alert(vm: string): Promise<void> {
    const fired = metricAlert(vm, randomUUID());
    const answers = await Promise.all([1, 2, 3].map(() => ask("actionGroup", "/api/alerts", { body: fired })));
    const runs = new Set(
      answers.flatMap(({ status, body }) =>
        status === 202 ? AlertIntake.parse(body).accepted.map(({ runId }) => runId) : [],
      ),
    );
    for (const runId of runs) promised.alerts.add(runId);
    if (runs.size > 1) promised.doubled.push([...runs].join(", "));
  }

  return {
    promised,
    ask,
    /** One caller does one thing, which the seed decides. */
    act(): void {
      const vm = random.pick(azure.banner.vms);
      const undoes = random.next() < 0.6;
      const afterMs = random.below(2000);
      const acts = [
        () => repairAndUndo(vm, undoes),
        () => repairAndUndo(vm, undoes),
        () => repairAndApprove(vm),
        () => repairAndCancel(vm, afterMs),
        () => alert(vm),
        () => alert(vm),
      ];
      const work = random.pick(acts)();
      working.add(work);
      void work.finally(() => working.delete(work));
    },
    /** No caller asks for anything new; resolves when the last has its answer. */
    async finish(): Promise<void> {
      stop.abort();
      await Promise.all(working);
    },
    everyRun: () => [
      ...new Set([
        ...promised.posts,
        ...promised.alerts,
        ...promised.undos,
        ...promised.approvals,
        ...promised.cancels,
      ]),
    ],
  };
}
