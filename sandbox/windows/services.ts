import { hasDefaultAccount } from "../../lib/core/rdp-services.ts";
import { type RdpService, rdpServiceDefaults } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { logEvent } from "./events.ts";
import type { Machine } from "./machine.ts";
import { renewSelfSignedCertificate } from "./renewal.ts";
import { readCipherPolicy } from "./schannel.ts";
import type { WindowsState } from "./state.ts";

type Service = NonNullable<WindowsState["services"][RdpService]>;

function serviceOf({ state }: Machine, name: RdpService): Service {
  const service = state.services[name];
  if (!service) throw new Error(`There is no service ${name}.`);
  return service;
}

/** The other services in this service's process. */
export function processMates({ type, sharesProcessWith }: Service): string[] {
  return type === "share" ? sharesProcessWith : [];
}

export function startService(machine: Machine, name: RdpService, timeoutSeconds: number): void {
  const service = serviceOf(machine, name);
  if (service.state === "Running") return;
  if (service.startMode === "Disabled") {
    throw new Error(`Cannot start ${name}: the service is disabled (1058).`);
  }
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
  service.state = "Running";
  if (name === "SessionEnv") renewSelfSignedCertificate(machine);
  if (name !== "TermService") return;
  readCipherPolicy(machine, "service-start");
  machine.state.presentedSinceStart = null;
}

export function stopService(machine: Machine, name: RdpService, timeoutSeconds: number): void {
  const service = serviceOf(machine, name);
  if (service.state === "Stopped") return;
  if (name === "TermService" && machine.state.services.UmRdpService?.state === "Running") {
    throw new Error("Cannot stop TermService: UmRdpService depends on it and is running.");
  }
  if (service.hung) {
    service.state = "Stop Pending";
    throw new Error(`${name} did not reach Stopped within ${timeoutSeconds} s.`);
  }
  service.state = "Stopped";
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
  "Get-ServiceFacts" | "Stop-RdpService" | "Start-RdpService" | "Stop-HungService" | "Set-ServiceSetting"
>;

export function serviceFunctions(machine: Machine): ServiceFunctions {
  return {
    "Get-ServiceFacts": ({ Name }) => {
      const service = machine.state.services[Name];
      if (!service) return null;
      const { state, startMode, account, type } = service;
      return { state, startMode, account, type };
    },
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
