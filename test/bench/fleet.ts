import { randomUUID } from "node:crypto";
import { setDefaultCACertificates } from "node:tls";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { Run } from "../../lib/core/run.ts";
import { createOperation } from "../../lib/fleet/create-operation.ts";
import { placesForOperations } from "../../lib/fleet/fleet-engine.ts";
import { type FleetOperation, FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { selectTargets } from "../../lib/fleet/select-targets.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { createLocalFleet } from "../../lib/local/fleet.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { sandboxSubscription, World } from "../../sandbox/world.ts";
import { withVirtualTime } from "../fixtures/clock.ts";
import { signInTo } from "../fixtures/sandbox-service.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

/*
 * An operation over many VMs of one subscription against the sandbox, whose token buckets are the documented ones and reject
 * calls. Time is simulated and jumps from one event to the next, so the scale is how much faster it went than a clock.
 */

const vms = Number(process.env.BENCH_FLEET_VMS ?? 1000);
const runsAtWork = 200;
/** How long a script takes in a VM: what a first Run Command of a warm VM takes. */
const scriptSeconds = 20;

/** Refill a second and capacity of the buckets of Azure Resource Manager, as documented; not read from the sandbox. */
const buckets = {
  reads: { methods: ["GET"], perSecond: 25, capacity: 250 },
  writes: { methods: ["PUT", "POST", "PATCH"], perSecond: 10, capacity: 200 },
  deletes: { methods: ["DELETE"], perSecond: 10, capacity: 200 },
} as const;

export const fleetBenchmark: Benchmark = {
  names: ["fleet.vs-bound", "fleet.wasted-calls"],
  async run() {
    const began = performance.now();
    const { sandbox, operation, seconds, runs } = await operate();
    const real = (performance.now() - began) / 1000;
    const calls = sandbox.calls.filter(({ path }) => path.includes("/subscriptions/"));
    const refused = calls.filter(({ status }) => status === 429).length;
    const slowest = Math.max(...runs.map(secondsOf));
    const { bound, kind } = boundOf(calls, slowest);
    const throttled = runs.filter((run) => run.outcome?.problem?.code === "throttled").length;
    const counts = Object.entries(operation.counts).map(([result, count]) => `${count} ${result}`);
    const what = `at most 1.1; ${vms} VMs (${counts.join(", ")}; ${throttled} throttled), bound by ${kind}, time ${(seconds / real).toFixed(1)} times as fast`;
    return [
      measureTime("fleet.vs-bound", seconds, "s", what, bound),
      measureTime(
        "fleet.wasted-calls",
        (refused / calls.length) * 100,
        "%",
        `under 1 % of ${calls.length} calls answered with 429`,
      ),
    ];
  },
};

/** The least time for these calls: of each kind what its bucket does not hold at first must be refilled; then the last run ends. */
function boundOf(calls: Sandbox["calls"], slowest: number): { bound: number; kind: string } {
  const each = Object.entries(buckets).map(([kind, { methods, perSecond, capacity }]) => {
    const count = calls.filter(({ method }) => (methods as readonly string[]).includes(method)).length;
    return { kind, seconds: Math.max(0, count - capacity) / perSecond };
  });
  const [most] = each.toSorted((a, b) => b.seconds - a.seconds);
  return { bound: (most?.seconds ?? 0) + slowest, kind: most?.kind ?? "" };
}

function secondsOf({ createdAt, updatedAt }: Run): number {
  return (Date.parse(updatedAt) - Date.parse(createdAt)) / 1000;
}

async function operate() {
  const clock = createVirtualClock();
  const now = () => clock.now();
  const sandbox = await startSandbox({ world: worldOf(), guest: "modelled", clock });
  setDefaultCACertificates([sandbox.caPem]);
  const store = openSqliteStore(":memory:");
  const azure = connectAzure({ endpoint: sandbox.endpoint, credential: signInTo(sandbox, "remediator"), now });
  const engine = withVirtualTime(clock, (holding) =>
    createLocalEngine({
      store,
      ports: azure,
      clock,
      runsAtWork,
      watchers: [holding, { saved: (run) => fleet.runSaved(run) }],
    }),
  );
  const stepper = createFleetStepper({
    store,
    engine,
    service: createRunService(engine, now, randomUUID),
    budget: azure.budget,
    places: placesForOperations(runsAtWork),
    allowSelfApproval: false,
    now,
  });
  const fleet = createLocalFleet({ store, stepper, clock });
  try {
    const operation = await begin(fleet, azure.inventory, now());
    const ended = await clock.during(fleet.settled(operation.id));
    const seconds = (Date.parse(ended.updatedAt) - Date.parse(ended.createdAt)) / 1000;
    const runs: Run[] = [];
    let after: string | undefined;
    do {
      const page = await store.list({ limit: 100, ...(after && { after }) });
      runs.push(...page.runs);
      after = page.next ?? undefined;
    } while (after);
    return { sandbox, operation: ended, seconds, runs };
  } finally {
    await fleet.close();
    await engine.close();
    store.close();
    await sandbox.close();
  }
}

function worldOf(): World {
  return World.parse({
    name: "many-vms",
    description: "For the benchmark of operations.",
    throttling: true,
    runCommand: { seconds: scriptSeconds },
    vms: Array.from({ length: vms }, (_, number) => ({ name: `vm-${number}`, resourceGroup: `rg-${number}` })),
  });
}

/** Without canary and waves: the figure is about the pace, and each wave waits for its slowest VM. */
async function begin(
  fleet: ReturnType<typeof createLocalFleet>,
  inventory: ReturnType<typeof connectAzure>["inventory"],
  now: Date,
): Promise<FleetOperation> {
  const selection = { kind: "scope", scope: `/subscriptions/${sandboxSubscription}` } as const;
  const found = await selectTargets(inventory, selection, async () => ({ ok: true, value: true }));
  if (!found.ok) throw new Error(found.problem.message);
  const created = createOperation(
    {
      id: randomUUID(),
      intent: "diagnose",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "terminal", by: "the benchmark" },
      request: "",
      selection: "all of them",
      policy: FleetPolicy.parse({ canary: 0, waves: [100], atWork: 180 }),
      targets: found.value.targets,
    },
    now,
  );
  if (!created.ok) throw new Error(created.problem.message);
  return fleet.start(created.value);
}
