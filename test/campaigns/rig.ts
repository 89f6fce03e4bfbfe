import { randomUUID } from "node:crypto";
import { setDefaultCACertificates } from "node:tls";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { Run } from "../../lib/core/run.ts";
import { advance } from "../../lib/durable/advance.ts";
import { createDurableEngine } from "../../lib/durable/engine.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { isUnfinished } from "../../lib/runs/maintenance/unfinished-runs.ts";
import type { Clock, RunEngine, RunStore } from "../../lib/runs/ports.ts";
import { createStepper, type RunWatcher } from "../../lib/runs/stepper.ts";
import { type Sandbox, type SandboxVm, startSandbox } from "../../sandbox/sandbox.ts";
import { createVirtualClock, type VirtualClock } from "../../sandbox/time/virtual-clock.ts";
import type { World } from "../../sandbox/world.ts";
import { withVirtualTime } from "../fixtures/clock.ts";
import { openDurableHost, runsAlone, TaskHub } from "../fixtures/durable-host.ts";
import { signInTo } from "../fixtures/sandbox-service.ts";

export const engineNames = ["local", "durable"] as const;
export type EngineName = (typeof engineNames)[number];

/** One VM before a service: a run is started there, and what it did is looked at. */
export interface CampaignRig {
  readonly sandbox: Sandbox;
  readonly vm: SandboxVm;
  readonly store: RunStore;
  readonly azure: ReturnType<typeof connectAzure>;
  /** The id of an alert of its own: a GUID. */
  newAlert(): string;
  readonly now: () => Date;
  /** Lets this time of the service and its Azure pass. */
  pass(ms: number): Promise<void>;
  /** How often the VM was restarted through ARM. */
  restarts(): number;
  /** Starts the run, and returns it when nothing is left to do for it, its cleanup included; or when that takes too long. */
  runToEnd(run: Run): Promise<Run>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** How long one response may take, in real time. */
  readonly answerWithinMs?: number;
  /** The clock of the local engine alone jumps, once, while a script of this phase is running. */
  readonly jump?: { readonly by: number; readonly in: Run["state"] };
}

/** After this simulated time a run counts as one that never ends. */
const longestMs = 48 * 3_600_000;

/** The authorities of all open sandboxes: several may be open at once. */
const authorities = new Set<string>();

/** A real engine on real SDKs before a simulated Azure with one VM, in simulated time: two days of it at most. */
export async function openRig(
  engine: EngineName,
  world: World,
  { jump, ...connection }: RigOptions = {},
): Promise<CampaignRig> {
  const clock = createVirtualClock();
  let restarts = 0;
  const log = (line: string) => {
    if (line.endsWith(": restarts")) restarts += 1;
  };
  const sandbox = await startSandbox({ world, guest: "modelled", clock, log });
  authorities.add(sandbox.caPem);
  setDefaultCACertificates([...authorities]);
  const store = openSqliteStore(":memory:");
  const credential = signInTo(sandbox, "remediator");
  const azure = connectAzure({ endpoint: sandbox.endpoint, credential, ...connection });
  const opened = engine === "local" ? openLocal(store, azure, clock, jump) : openDurable(store, azure, clock);
  const [vm] = sandbox.vms;
  if (!vm) throw new RangeError("The world of a campaign has a VM.");
  return {
    sandbox,
    vm,
    store,
    azure,
    newAlert: randomUUID,
    now: () => clock.now(),
    pass: (ms) => clock.during(clock.sleep(ms)),
    restarts: () => restarts,
    async runToEnd(run) {
      const started = await opened.engine.start(run);
      if (!started.ok) throw new Error(started.problem.message);
      const late = clock.now().getTime() + longestMs;
      await opened.until(async () => clock.now().getTime() > late || !isUnfinished(await load(store, run.id)));
      return load(store, run.id);
    },
    async close() {
      await opened.close();
      store.close();
      await sandbox.close();
      authorities.delete(sandbox.caPem);
    },
  };
}

interface OpenEngine {
  readonly engine: RunEngine;
  /** Works until the condition holds. */
  until(condition: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

type Azure = ReturnType<typeof connectAzure>;

function openLocal(
  store: ReturnType<typeof openSqliteStore>,
  ports: Azure,
  clock: VirtualClock,
  jump: RigOptions["jump"],
): OpenEngine {
  let ahead = 0;
  const own: Clock = {
    now: () => new Date(clock.now().getTime() + ahead),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const onSaved = (run: Run) => {
    if (run.state === jump?.in && run.script?.phase === "running") ahead = jump.by;
  };
  const engine = withVirtualTime(clock, (holding) =>
    createLocalEngine({ store, ports, clock: own, watchers: [holding], onSaved }),
  );
  return {
    engine,
    async until(condition) {
      while (!(await condition())) await clock.during(clock.sleep(5000));
    },
    close: () => engine.close(),
  };
}

/** The replay of the real library in a host of this process: see durable-host.ts. */
function openDurable(store: RunStore, ports: Azure, clock: VirtualClock): OpenEngine {
  const now = () => clock.now();
  const holding: RunWatcher = { performing: (_effect, _run, work) => clock.hold(work) };
  const stepper = createStepper({ store, ports, slots: createConcurrencySlots(store, 10), now, watchers: [holding] });
  const passTo = (time: Date) => clock.during(clock.sleep(time.getTime() - clock.now().getTime()));
  const host = openDurableHost(new TaskHub(), { now, passTo }, (input) =>
    advance(input, { runs: stepper, ...runsAlone }, now),
  );
  return {
    engine: createDurableEngine({ orchestrations: host, store, stepper, now }),
    until: (condition) => host.workUntil(condition),
    async close() {
      host.kill();
    },
  };
}

async function load(store: RunStore, runId: string): Promise<Run> {
  const stored = await store.get(runId);
  if (!stored) throw new Error(`Run ${runId} is lost.`);
  return stored.run;
}
