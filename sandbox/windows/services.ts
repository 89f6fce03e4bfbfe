import { hasDefaultAccount } from "../../lib/core/rdp-services.ts";
import type { CryptoService } from "../../lib/core/supporting-services.ts";
import { type RdpService, rdpServiceDefaults } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { logEvent } from "./events.ts";
import type { Machine } from "./machine.ts";
import { renewSelfSignedCertificate } from "./renewal.ts";
import { readCipherPolicy } from "./schannel.ts";
import { dependencyFailed, keepsFromStarting, libraryOf, moduleNotFound } from "./service-start.ts";
import type { WindowsState } from "./state.ts";

type Service = NonNullable<WindowsState["services"][RdpService]>;
type ServiceName = RdpService | CryptoService;

function serviceOf({ state }: Machine, name: ServiceName): Service {
  const service = state.services[name];
  if (!service) throw new Error(`There is no service ${name}.`);
  return service;
}

/** The other services in this service's process. */
export function processMates({ type, sharesProcessWith }: Service): string[] {
  return type === "share" ? sharesProcessWith : [];
}

export function startService(machine: Machine, name: ServiceName, timeoutSeconds: number): void {
  const service = serviceOf(machine, name);
  if (service.state === "Running") return;
  if (service.startMode === "Disabled") {
    throw new Error(`Cannot start ${name}: the service is disabled (1058).`);
  }
  if (name === "CryptSvc" || name === "KeyIso") {
    service.state = "Running";
    return;
  }
  demandStartable(machine, name, service);
  if (service.type === "share" && !hasDefaultAccount(name, service)) {
    throw new Error(
      `Cannot start ${name}: its account differs from ${rdpServiceDefaults[name].account}, which the other services in its process run under (1079).`,
    );
  }
  if (service.hung) {
    service.state = "Start Pending";
    logEvent(machine, "ServiceControlManager", 7022);
    throw new Error(`${name} did not reach Running within ${timeoutSeconds} s.`);
  }
  // The service manager first starts the services that this one depends on.
  if (name === "UmRdpService") startService(machine, "TermService", timeoutSeconds);
  if (service.endsAtStartWith !== null) {
    service.exitCode = service.endsAtStartWith;
    logEvent(machine, "ServiceControlManager", 7023, `${name} ${service.exitCode}`);
    throw new Error(`Cannot start ${name}: it ended with ${service.exitCode}.`);
  }
  Object.assign(service, { state: "Running", exitCode: 0 });
  if (name === "SessionEnv") renewSelfSignedCertificate(machine);
  if (name !== "TermService") return;
  readCipherPolicy(machine, "service-start");
  machine.state.presentedSinceStart = null;
  machine.state.listensSinceStart = null;
}

/** Throws, and leaves the exit code and an event, when its library or a service that it depends on is not there. */
function demandStartable(machine: Machine, name: RdpService, service: Service): void {
  const [blocker] = keepsFromStarting(machine, service);
  if (blocker) {
    service.exitCode = dependencyFailed;
    logEvent(machine, "ServiceControlManager", 7001, `${name} ${dependencyFailed}`);
    throw new Error(`Cannot start ${name}: ${blocker.name}, on which it depends, is ${blocker.problem} (1068).`);
  }
  if (name === "UmRdpService" || libraryOf(machine, name).exists) return;
  service.exitCode = moduleNotFound;
  logEvent(machine, "ServiceControlManager", 7023, `${name} ${moduleNotFound}`);
  throw new Error(`Cannot start ${name}: the specified module could not be found (126).`);
}

export function stopService(machine: Machine, name: ServiceName, timeoutSeconds: number): void {
  const service = serviceOf(machine, name);
  if (service.state === "Stopped") return;
  if (name === "TermService" && machine.state.services.UmRdpService?.state === "Running") {
    throw new Error("Cannot stop TermService: UmRdpService depends on it and is running.");
  }
  if (service.hung) {
    service.state = "Stop Pending";
    throw new Error(`${name} did not reach Stopped within ${timeoutSeconds} s.`);
  }
  if (service.stopsInSeconds > timeoutSeconds) {
    service.state = "Stop Pending";
    service.stopsInSeconds -= timeoutSeconds;
    throw new Error(`${name} did not reach Stopped within ${timeoutSeconds} s.`);
  }
  Object.assign(service, { state: "Stopped", stopsInSeconds: 0 });
  if (name === "TermService") machine.state.sessions = { active: 0, disconnected: 0 };
}

function endHungProcess(machine: Machine, name: RdpService): void {
  const service = serviceOf(machine, name);
  if (!service.state.endsWith("Pending")) throw new Error(`${name} does not hang; it is ${service.state}.`);
  const mates = processMates(service);
  if (mates.length > 0) throw new Error(`${name} shares its process with ${mates.join(", ")}, which would end too.`);
  Object.assign(service, { state: "Stopped", hung: false });
}

type ServiceFunctions = Pick<
  WindowsAdapter,
  | "Get-ServiceFacts"
  | "Get-ServiceCheckPoint"
  | "Stop-RdpService"
  | "Start-RdpService"
  | "Stop-HungService"
  | "Set-ServiceSetting"
>;

export function serviceFunctions(machine: Machine): ServiceFunctions {
  return {
    "Get-ServiceFacts": ({ Name }) => {
      const service = machine.state.services[Name];
      if (!service) return null;
      const { state, startMode, account, type } = service;
      return { state, startMode, account, type };
    },
    // A service reports progress as long as it makes some.
    "Get-ServiceCheckPoint": ({ Name }) => machine.state.services[Name]?.stopsInSeconds ?? null,
    "Stop-RdpService": ({ Name, TimeoutSeconds }) => {
      stopService(machine, Name, TimeoutSeconds);
      return null;
    },
    "Start-RdpService": ({ Name, TimeoutSeconds }) => {
      startService(machine, Name, TimeoutSeconds);
      return null;
    },
    "Stop-HungService": ({ Name }) => {
      endHungProcess(machine, Name);
      return null;
    },
    "Set-ServiceSetting": ({ Name, StartMode, Account, Type }) => {
      Object.assign(serviceOf(machine, Name), { startMode: StartMode, account: Account, type: Type });
      return null;
    },
  };
}
