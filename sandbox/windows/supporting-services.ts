import type { SupportingServicesReply } from "../../lib/core/supporting-services.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";
import { keepsFromStarting, libraryOf } from "./service-start.ts";

type Reply = Required<SupportingServicesReply>;

/**
 * The supporting services, by the simulator's own list: the start modes of a healthy 20348 and of the images of six
 * builds. Sources: Azure/repair-script-library, win-fix-network-connectivity.ps1 (3f23a08c), win-fix-rdp-certificate.ps1
 * (322760ee). All of them run unless a world says otherwise.
 */
export function supportingServiceFunctions(machine: Machine): Pick<WindowsAdapter, "Get-SupportingServices"> {
  return {
    "Get-SupportingServices": () => {
      const { services, otherServices } = machine.state;
      const known = { CryptSvc: services.CryptSvc, KeyIso: services.KeyIso, ...otherServices };
      const disabled: Reply["disabled"] = [];
      const missingServices: Reply["missingServices"] = [];
      for (const [key, service] of Object.entries(known)) {
        const name = key as keyof typeof known;
        if (service === null) missingServices.push(name);
        else if (service?.startMode === "Disabled") {
          disabled.push({ name, state: service.state, account: service.account, type: service.type });
        }
      }
      const obstacles = (["TermService", "SessionEnv"] as const).flatMap((name) => obstaclesOf(machine, name));
      return {
        ...(disabled.length > 0 && { disabled }),
        ...(missingServices.length > 0 && { missingServices }),
        ...(obstacles.length > 0 && { obstacles }),
      };
    },
  };
}

/** What Windows tells about the last start, and what a look at the service's settings shows. */
function obstaclesOf(machine: Machine, name: "TermService" | "SessionEnv"): Reply["obstacles"] {
  const service = machine.state.services[name];
  if (!service) return [];
  const { path, isOwn, exists, company } = libraryOf(machine, name);
  const blockedBy = keepsFromStarting(machine, service);
  const told = {
    ...((!isOwn || !exists) && { library: { path, exists, company } }),
    ...(service.image !== undefined && { image: service.image }),
    ...(blockedBy.length > 0 && { blockedBy }),
    ...(service.state !== "Running" && service.exitCode !== 0 && { exitCode: service.exitCode }),
  };
  return Object.keys(told).length > 0 ? [{ service: name, ...told }] : [];
}
