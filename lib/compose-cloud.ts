import { randomUUID } from "node:crypto";
import { composeApi, pagesOf, permitOf, pipelineOf, probeOf, startTelemetry } from "./compose.ts";
import { composeFleetStepper } from "./compose-fleet.ts";
import { composeNotifications } from "./compose-notifications.ts";
import { fail, ok, type Result } from "./core/problem.ts";
import { advance } from "./durable/advance.ts";
import { createDurableEngine, durableProblem, type Orchestrations } from "./durable/engine.ts";
import { createDurableFleet } from "./durable/fleet.ts";
import type { DriveInput } from "./durable/orchestrator.ts";
import { createPulse } from "./durable/pulse.ts";
import { forgetOldOperations } from "./fleet/retention.ts";
import { startScheduledScans } from "./fleet/scheduled-scan.ts";
import type { Api } from "./http/api.ts";
import { createConcurrencySlots } from "./runs/concurrency-slots.ts";
import { createRunService } from "./runs/intake/service.ts";
import { runMaintenance } from "./runs/maintenance/maintenance.ts";
import { createStepper, type Step } from "./runs/stepper.ts";
import type { Settings } from "./settings.ts";
import { createOperationLog, createOperationWatcher } from "./telemetry/operation-watcher.ts";
import { createRunLog } from "./telemetry/run-log.ts";
import { createRunWatcher, watchStarts } from "./telemetry/run-watcher.ts";

export interface CloudService {
  readonly api: Api;
  /** The activity of an orchestration, of a run or an operation. */
  advance(input: DriveInput): Promise<Step>;
  /** The timer's work: resumes lost runs, deletes left-over Run Commands, deletes runs whose retention has ended. */
  sweep(): Promise<void>;
}

const now = () => new Date();

/**
 * The whole service of the Functions app: Durable Functions over Azure Tables. Composing it sends no request to Azure.
 */
export async function composeCloud(settings: Settings, orchestrations: Orchestrations): Promise<Result<CloudService>> {
  if (!settings.table) {
    return fail(
      "invalid-input",
      "There is no place to keep runs. Set AzureWebJobsStorage, by connection or by identity.",
    );
  }
  const { connectAzure, createCredential } = await import("./azure/connect.ts");
  const { openTableStore, tableProblem } = await import("./azure/tables/table-store.ts");
  const credential = createCredential(settings.credential);
  await startTelemetry(settings, credential);
  const ports = {
    ...connectAzure({ ...settings.arm, onPremises: settings.onPremises, credential }),
    ...(await probeOf(settings)),
    ...pipelineOf(settings),
    ...permitOf(settings),
    ...pagesOf(settings),
  };
  const store = openTableStore({ ...settings.table, credential });
  const notifications = await composeNotifications(settings, { store, credential, now, log: console.log });
  const slots = createConcurrencySlots(store, settings.runsAtWork);
  const stepper = createStepper({
    store,
    ports,
    slots,
    now,
    watchers: [createRunWatcher(), createRunLog(console.log), ...(notifications ? [notifications.watcher] : [])],
    ...(notifications && { deliveriesOf: notifications.deliveries.ofRun }),
  });
  const engine = watchStarts(createDurableEngine({ orchestrations, store, stepper, now }));
  const service = createRunService(engine, now, randomUUID, settings.limits);
  const { budget, inventory } = ports;
  const ofOperation = notifications && { deliveriesOf: notifications.deliveries.ofOperation };
  const operations = composeFleetStepper(settings, {
    store,
    engine,
    service,
    budget,
    now,
    watchers: [createOperationWatcher(), createOperationLog(console.log)],
    ...ofOperation,
  });
  const fleet = createDurableFleet({ orchestrations, store, stepper: operations });
  const pulse = createPulse({ orchestrations, store, now });
  const { keepRunsDays } = settings;
  const purge = (id: string) => orchestrations.purge(id);
  const others = [
    () => pulse.start(),
    () => fleet.resume(),
    () => startScheduledScans({ fleet, inventory, ...settings.scans, now }),
    () => forgetOldOperations({ store, keepRunsDays, now, purge }),
    ...(notifications ? [() => notifications.dispatcher.pass()] : []),
  ];
  const api = await composeApi(
    settings,
    {
      service,
      engine,
      fleet,
      inventory,
      store,
      tagReader: ports.tagReader,
      checkAzure: ports.check,
      checkQueue: pulse.check,
      explain: (error) => durableProblem(error) ?? tableProblem(error),
    },
    { onSurprise: reportSurprise },
  );
  if (!api.ok) return api;
  return ok({
    api: api.value,
    advance: (input) => advance(input, { runs: stepper, operations, pulse }, now),
    sweep: () => runMaintenance({ ...ports, engine, store, keepRunsDays, now, purge, others }),
  });
}

function reportSurprise(error: unknown, requestId: string): void {
  console.error(`Request ${requestId} failed unexpectedly:`, error);
}
