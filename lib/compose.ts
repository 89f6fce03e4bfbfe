import { randomUUID } from "node:crypto";
import { alertsPrincipal, mayDo } from "./access/access-rules.ts";
import { refuseRun } from "./access/permit-run.ts";
import type { Credential } from "./azure/monitor.ts";
import { composeFleetStepper } from "./compose-fleet.ts";
import { composeNotifications } from "./compose-notifications.ts";
import { pageOf } from "./core/page-link.ts";
import { fail, ok, type Problem, type Result } from "./core/problem.ts";
import type { Run } from "./core/run.ts";
import type { VmId } from "./core/vm-id.ts";
import { readShippedFile } from "./files/shipped-files.ts";
import type { FleetEngine } from "./fleet/fleet-engine.ts";
import type { FleetInventory, OperationStore } from "./fleet/ports.ts";
import { forgetOldOperations } from "./fleet/retention.ts";
import { startScheduledScans } from "./fleet/scheduled-scan.ts";
import { createGitHubPipeline } from "./github/dispatch.ts";
import type { Api } from "./http/api.ts";
import type { Authenticate, SignInSettings } from "./http/authentication.ts";
import type { ServePage } from "./http/operator-page.ts";
import type { ApiDeps } from "./http/route.ts";
import { systemClock } from "./local/clock.ts";
import { createLocalEngine, type LocalEngine } from "./local/engine.ts";
import { createLocalFleet, type LocalFleet } from "./local/fleet.ts";
import { openSqliteStore, sqliteProblem } from "./local/sqlite-store.ts";
import type { AlertIntent } from "./runs/intake/alert-intake.ts";
import { createRunService, type RunService } from "./runs/intake/service.ts";
import { runMaintenance } from "./runs/maintenance/maintenance.ts";
import type { Clock, FixPipeline, RdpProbe, RunEngine, RunStore, TagReader } from "./runs/ports.ts";
import type { Settings } from "./settings.ts";
import { createOperationWatcher } from "./telemetry/operation-watcher.ts";
import { createRunWatcher, watchStarts } from "./telemetry/run-watcher.ts";

/** What the HTTP API stands on. */
export interface ApiBase {
  readonly fleet: FleetEngine;
  readonly inventory: FleetInventory;
  readonly service: RunService;
  readonly engine: RunEngine;
  readonly store: RunStore & OperationStore;
  readonly tagReader: TagReader;
  /** Checks that ARM answers. @throws what prevents it */
  readonly checkAzure: () => Promise<void>;
  /** Checks that work on runs and operations goes on. @throws what shows that it does not */
  readonly checkQueue: () => Promise<void>;
  /** The problem behind an error that the store threw; `null` when the error is unexpected. */
  readonly explain: (error: unknown) => Problem | null;
}

export interface LocalService extends ApiBase {
  readonly engine: LocalEngine;
  readonly fleet: LocalFleet;
  /** What the timer does in the cloud; see `runMaintenance`. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** The whole service in this process: the local engine over SQLite, against the Azure that the settings name. */
export async function composeLocal(
  settings: Settings,
  {
    onSaved,
    clock = systemClock,
    logNotifications,
  }: {
    onSaved?: (run: Run) => void;
    clock?: Clock;
    /** Given by a service that stays: it tells the receivers of the settings, and logs here what it could not tell. */
    logNotifications?: (line: string) => void;
  } = {},
): Promise<LocalService> {
  // Loading the Azure SDKs is slow, and commands without Azure do not need them.
  const { connectAzure, createCredential } = await import("./azure/connect.ts");
  const credential = createCredential(settings.credential);
  await startTelemetry(settings, credential);
  const now = () => clock.now();
  const azure = connectAzure({ ...settings.arm, onPremises: settings.onPremises, credential, now });
  const store = openSqliteStore(settings.database);
  const notifications = logNotifications
    ? await composeNotifications(settings, { store, credential, now, log: logNotifications })
    : null;
  const { runsAtWork, limits } = settings;
  const ports = {
    ...azure,
    ...(await probeOf(settings)),
    ...pipelineOf(settings),
    ...permitOf(settings),
    ...pagesOf(settings),
  };
  const toFleet = { saved: (run: Run) => fleet.runSaved(run) };
  const watchers = [createRunWatcher(), toFleet, ...(notifications ? [notifications.watcher] : [])];
  const deliveriesOf = notifications && { deliveriesOf: notifications.deliveries.ofRun };
  const watched = { watchers, ...deliveriesOf, ...(onSaved ? { onSaved } : {}) };
  const engine = watchStarts(createLocalEngine({ store, ports, clock, runsAtWork, ...watched }));
  const service = createRunService(engine, now, randomUUID, limits);
  const { budget, inventory } = azure;
  const ofOperation = notifications && { deliveriesOf: notifications.deliveries.ofOperation };
  const stepper = composeFleetStepper(settings, {
    store,
    engine,
    service,
    budget,
    now,
    watchers: [createOperationWatcher()],
    ...ofOperation,
  });
  const fleet: LocalFleet = createLocalFleet({ store, stepper, clock });
  const { keepRunsDays } = settings;
  const others = [
    () => fleet.resume(),
    () => startScheduledScans({ fleet, inventory, ...settings.scans, now }),
    () => forgetOldOperations({ store, keepRunsDays, now }),
    ...(notifications ? [() => notifications.dispatcher.pass()] : []),
  ];
  return {
    service,
    engine,
    fleet,
    inventory,
    store,
    tagReader: azure.tagReader,
    checkAzure: azure.check,
    async checkQueue() {
      await engine.check();
      await fleet.check();
    },
    explain: sqliteProblem,
    sweep: () => runMaintenance({ ...azure, engine, store, keepRunsDays, now, others }),
    async close() {
      await fleet.close();
      await engine.close();
      await notifications?.dispatcher.close();
      store.close();
      if (settings.telemetry) await (await import("./azure/monitor.ts")).stopMonitor();
    },
  };
}

/** The port for the service's own handshakes; absent when the settings do not ask for them. */
export async function probeOf({ limits }: Settings): Promise<{ probe?: RdpProbe }> {
  return limits.probes ? { probe: (await import("./compose-probe.ts")).composeProbe() } : {};
}

/** The port that hands a network fix to a pipeline; absent when the settings name no pipeline. */
export function pipelineOf({ dispatch }: Settings): { pipeline?: FixPipeline } {
  return dispatch ? { pipeline: createGitHubPipeline(dispatch) } : {};
}

/** The check of access rules before a script; absent when the settings have no rules. */
export function permitOf({ access }: Settings): { permit?: (run: Run) => Problem | null } {
  return access ? { permit: (run) => refuseRun(access, run) } : {};
}

/** Where people find a run; absent when the settings do not say. */
export function pagesOf({ pagesUrl }: Settings): { pageOf?: (runId: string) => string } {
  return pagesUrl ? { pageOf: (runId) => pageOf(pagesUrl, "runs", runId) } : {};
}

/** Sends telemetry where the settings name a place for it. */
export async function startTelemetry({ telemetry }: Settings, credential: Credential): Promise<void> {
  if (!telemetry) return;
  const { startMonitor } = await import("./azure/monitor.ts");
  const { entra, ...where } = telemetry;
  await startMonitor({ ...where, credential: entra ? credential : null });
}

/** The HTTP API of this service. The settings say who may call it, and what callers may do without an approval. */
export async function composeApi(
  { api: { signIn, budgets, page, ...rules }, access, alerts, limits }: Settings,
  { service, engine, fleet, inventory, store, tagReader, checkAzure, checkQueue, explain }: ApiBase,
  {
    clock = systemClock,
    onSurprise,
    authenticate,
    simulated = null,
  }: {
    clock?: Clock;
    onSurprise: (error: unknown, requestId: string) => void;
    /** Who calls, where that is known without a sign-in. */
    authenticate?: Authenticate;
    /** The world of a sandbox, for the operator page. */
    simulated?: string | null;
  },
): Promise<Result<Api>> {
  const { createApi } = await import("./http/api.ts");
  const { alertLimits, createAdmission } = await import("./http/admission.ts");
  const { createBudget } = await import("./http/budget.ts");
  const { checkSigningKeys, createAuthenticate } = await import("./http/authentication.ts");
  const { createHealth } = await import("./http/health.ts");
  const { createAlertReceiver } = await import("./http/alert-receiver.ts");
  const now = () => clock.now();
  const whoCalls = authenticate ?? (signIn && createAuthenticate(signIn, now));
  if (!whoCalls) {
    return fail(
      "invalid-input",
      "The API cannot tell who calls. Set RDP_REMEDIATION_TENANT_ID and RDP_REMEDIATION_AUDIENCES.",
    );
  }
  const permits = access && {
    permits: (intent: AlertIntent, vm: VmId, tags: Readonly<Record<string, string>>) =>
      mayDo(access, [alertsPrincipal], intent, vm, tags) === "allowed",
  };
  return ok(
    createApi({
      service,
      engine,
      fleet: { engine: fleet, store, inventory },
      now,
      wait: (milliseconds) => clock.sleep(milliseconds),
      authenticate: whoCalls,
      receiveAlert: createAlertReceiver({ engine, store, tagReader, policy: alerts, limits, now, ...permits }),
      alertAdmission: createAdmission(alertLimits),
      ...(access && { access: { rules: access, tagsOf: (vm) => tagReader.tagsOf(vm) } }),
      budgets: { runs: createBudget(budgets.runs, now), vmLists: createBudget(budgets.vmLists, now) },
      newId: randomUUID,
      explain,
      health: createHealth(
        [
          { name: "the store of runs", check: () => store.check() },
          ...(signIn ? [{ name: "the keys of Microsoft Entra ID", check: () => checkSigningKeys(signIn) }] : []),
          { name: "Azure Resource Manager", check: checkAzure },
          { name: "the queue of work", check: checkQueue },
        ],
        { now },
      ),
      onSurprise,
      ...(signIn && { signIn: signInOfPeople(signIn), page: await composePage(signIn, page, simulated) }),
      settings: rules,
    }),
  );
}

/** Where people sign in for this API: to the page, or in a program that acts for them. */
function signInOfPeople({ authorityHost, tenantId, audiences }: SignInSettings): NonNullable<ApiDeps["signIn"]> {
  const audience = audiences.find((one) => one.startsWith("api://")) ?? audiences[0];
  return { authority: `${authorityHost}/${tenantId}`, scope: `${audience}/user_impersonation` };
}

/** The operator page, which people sign in to at the same tenant and for the same audience as all callers. */
async function composePage(
  signIn: SignInSettings,
  { clientId, portal }: Settings["api"]["page"],
  simulated: string | null,
): Promise<ServePage> {
  const { createPage, readBuiltPage } = await import("./http/operator-page.ts");
  const built = readBuiltPage(() => readShippedFile("dist/app/page.json"));
  return createPage(built, { ...signInOfPeople(signIn), tenantId: signIn.tenantId, clientId, portal, simulated });
}
