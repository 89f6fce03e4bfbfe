import { randomUUID } from "node:crypto";
import { connectAzure, createCredential } from "../../lib/azure/connect.ts";
import type { Run } from "../../lib/core/run.ts";
import { createOperation } from "../../lib/fleet/create-operation.ts";
import { FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { createLocalFleet } from "../../lib/local/fleet.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import { readSettings } from "../../lib/settings.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { withVirtualTime } from "../fixtures/clock.ts";

/*
 * One process of an operation, as `fleet-kill.test.ts` starts it: begins the operation over the given targets, or goes on
 * with it, and kills itself at the given moment. Moments are counted before and after each save of the operation, and after
 * each run that it has stored. Without a moment it ends with the operation, and prints how many there were.
 */

const settings = readSettings(process.env);
if (!settings.ok) throw new Error(settings.problem.message);
const killAt = Number(process.env.KILL_AT ?? 0);
let moments = 0;

function moment(): void {
  moments += 1;
  if (moments === killAt) process.kill(process.pid, "SIGKILL");
}

const azure = connectAzure({ ...settings.value.arm, credential: createCredential(settings.value.credential) });
const sqlite = openSqliteStore(settings.value.database);
const store: typeof sqlite = {
  ...sqlite,
  async create(run) {
    const created = await sqlite.create(run);
    moment();
    return created;
  },
  async saveOperation(...given) {
    moment();
    const saved = await sqlite.saveOperation(...given);
    moment();
    return saved;
  },
};
const clock = createVirtualClock();
const now = () => clock.now();
const toFleet = { saved: (run: Run) => fleet.runSaved(run) };
const engine = withVirtualTime(clock, (holding) =>
  createLocalEngine({ store, ports: azure, clock, watchers: [holding, toFleet] }),
);
const service = createRunService(engine, now, randomUUID);
const { budget } = azure;
const stepper = createFleetStepper({ store, engine, service, budget, places: 3, allowSelfApproval: false, now });
const fleet = createLocalFleet({ store, stepper, clock });

const created = createOperation(
  {
    id: process.env.OPERATION ?? "",
    intent: "repair",
    options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] },
    trigger: { kind: "terminal", by: "a test" },
    request: "",
    selection: "a small fleet",
    policy: FleetPolicy.parse({ canary: 1, waves: [50, 100] }),
    targets: JSON.parse(process.env.TARGETS ?? "[]"),
  },
  now(),
);
if (!created.ok) throw new Error(created.problem.message);
await engine.resume();
const { id } = await fleet.start(created.value);
const operation = await clock.during(fleet.settled(id));
const { runs } = await store.list({ limit: 100 });
const results = await store.resultsOf(id, 0, operation.total);
console.log(JSON.stringify({ state: operation.state, counts: operation.counts, runs: runs.length, results, moments }));
await fleet.close();
await engine.close();
store.close();
