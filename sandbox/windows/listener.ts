import type { WindowsAdapter } from "./adapter.ts";
import { type Machine, rdpPort, registryNumber, registryValue, winStationsKey } from "./machine.ts";
import { processMates } from "./services.ts";

type Owner = ReturnType<WindowsAdapter["Get-PortOwner"]>;

/** The process that holds a port. The first program keeps it; TermService listens only while Remote Desktop is on. */
export function portOwner(machine: Machine, port: number): Owner {
  const { foreignListeners, services } = machine.state;
  const foreign = foreignListeners.find((listener) => listener.port === port);
  if (foreign) return { process: foreign.process, services: foreign.services };
  const { TermService } = services;
  if (TermService?.state !== "Running" || port !== rdpPort(machine) || !isRemoteDesktopOn(machine)) return null;
  return { process: "svchost.exe", services: ["TermService", ...processMates(TermService)] };
}

function isRemoteDesktopOn(machine: Machine): boolean {
  // Off when the value is absent, and with any data but the number 0: with it deleted, a running server stopped
  // listening. Source: Azure/repair-script-library, win-fix-rdp-connectivity.ps1 (c483536e).
  const denies =
    registryValue(machine, "policy/fDenyTSConnections") ?? registryValue(machine, "terminal-server/fDenyTSConnections");
  return (
    denies?.type === "dword" &&
    denies.data === 0 &&
    registryNumber(machine, "rdp-tcp/fEnableWinStation", 1) === 1 &&
    // Any other number is the index of one network adapter, which this VM does not have.
    registryNumber(machine, "rdp-tcp/LanAdapter", 0) === 0
  );
}

/** Every WinStation that has a port. */
export function winStations({ state: { registry } }: Machine): ReturnType<WindowsAdapter["Get-WinStationList"]> {
  const prefix = `HKLM\\${winStationsKey}\\`;
  return Object.entries(registry).flatMap(([path, value]) => {
    const name = path.startsWith(prefix) ? /^([^\\]+)\\PortNumber$/.exec(path.slice(prefix.length))?.[1] : undefined;
    if (name === undefined || value.type !== "dword") return [];
    return [{ name, port: value.data, wdName: String(registry[`${prefix}${name}\\WdName`]?.data ?? "") }];
  });
}

type ListenerFunctions = Pick<
  WindowsAdapter,
  "Get-PortOwner" | "Get-WinStationList" | "Get-SessionCounts" | "Wait-RdpListener"
>;

export function listenerFunctions(machine: Machine): ListenerFunctions {
  return {
    "Get-PortOwner": ({ Port }) => portOwner(machine, Port),
    "Get-WinStationList": () => winStations(machine),
    "Get-SessionCounts": () => machine.state.sessions,
    "Wait-RdpListener": ({ Port }) => portOwner(machine, Port)?.services.includes("TermService") ?? false,
  };
}
