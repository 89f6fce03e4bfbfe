import { createOperation } from "../../lib/fleet/create-operation.ts";
import { FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { createLocalFleet } from "../../lib/local/fleet.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";
import { anOperationId, targets } from "../fleet/operations.ts";

/*
 * The process of `fleet-memory.ts`: works through an operation over so many VMs (first argument) with its store in a file
 * (second), and prints the most memory that it took, in MB. The runs are stubs that end at once, so that the figure is that of
 * the operation: its machine, its store and its loop.
 */

const [count = "1000", file = ":memory:"] = process.argv.slice(2);
const store = openSqliteStore(file);
const clock = new FakeClock();
const now = () => clock.now();
const ended = asEnded(storedRun(1));
const found = async (id: string) => ({ ok: true as const, value: { ...ended, id } });
const full = { reads: 250, writes: 200, deletes: 200, blockedUntil: 0 };
const stepper = createFleetStepper({
  store,
  engine: { get: found, signal: found },
  service: { start: async ({ id = "" }) => found(id) },
  budget: { allowanceOf: () => full },
  places: 100,
  allowSelfApproval: false,
  now,
});
const fleet = createLocalFleet({ store, stepper, clock });
const created = createOperation(
  {
    id: anOperationId,
    intent: "diagnose",
    options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
    trigger: { kind: "terminal", by: "the benchmark" },
    request: "",
    selection: "all of them",
    policy: FleetPolicy.parse({ atWork: 100 }),
    targets: targets(Number(count)),
  },
  now(),
);
if (!created.ok) throw new Error(created.problem.message);
const { id } = await fleet.start(created.value);
const operation = await fleet.settled(id);
if (operation.counts.healthy !== Number(count))
  throw new Error(`Not all have ended: ${JSON.stringify(operation.counts)}`);
await fleet.close();
store.close();
console.log(process.resourceUsage().maxRSS / 1024);
