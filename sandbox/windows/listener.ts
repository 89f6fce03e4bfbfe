import type { WindowsAdapter } from "./adapter.ts";
import { type Machine, rdpPort, registryNumber, registryValue, winStationsKey } from "./machine.ts";
import { keyState } from "./registry.ts";
import { processMates } from "./services.ts";

type Owner = ReturnType<WindowsAdapter["Get-PortOwner"]>;

/** The process that holds a port. The first program keeps it; TermService listens only while Remote Desktop is on. */
export function portOwner(machine: Machine, port: number): Owner {
  const { foreignListeners, services } = machine.state;
  const foreign = foreignListeners.find((listener) => listener.port === port);
  if (foreign) return { process: foreign.process, services: foreign.services };
  const { TermService } = services;
  if (!TermService || port !== termServicePort(machine)) return null;
  return { process: "svchost.exe", services: ["TermService", ...processMates(TermService)] };
}

/**
 * The port on which TermService listens; `null`: on none. It reads the number as it starts. Source: Change the listening
 * port of Remote Desktop, learn.microsoft.com, which asks for a restart.
 */
function termServicePort(machine: Machine): number | null {
  if (machine.state.services.TermService?.state !== "Running" || !isRemoteDesktopOn(machine)) return null;
  return machine.state.listensSinceStart ?? rdpPort(machine);
}

function isRemoteDesktopOn(machine: Machine): boolean {
  // Off when the value is absent, and with any data but the number 0: with it deleted, a running server stopped
  // listening. Source: Azure/repair-script-library, win-fix-rdp-connectivity.ps1 (c483536e).
  const denies =
    registryValue(machine, "policy/fDenyTSConnections") ?? registryValue(machine, "terminal-server/fDenyTSConnections");
  return (
    keyState(machine.state, `HKLM\\${winStationsKey}\\RDP-Tcp`) !== null &&
    denies?.type === "dword" &&
    denies.data === 0 &&
    registryNumber(machine, "rdp-tcp/fEnableWinStation", 1) === 1 &&
    boundAddress(machine) !== null
  );
}

/**
 * The address that a client on the VM connects to: loopback, or the address of the network adapter that LanAdapter
 * names. `null`: the VM has no such adapter, and TermService listens nowhere.
 */
function boundAddress(machine: Machine): string | null {
  const index = registryNumber(machine, "rdp-tcp/LanAdapter", 0);
  return index === 0 ? "127.0.0.1" : (machine.state.lanAdapters[index] ?? null);
}

/** The address that the guest's own client connects to. */
export function listeningAddress(machine: Machine): string {
  return boundAddress(machine) ?? "127.0.0.1";
}

/** Every WinStation that has a port. */
export function winStations({ state: { registry } }: Machine): ReturnType<WindowsAdapter["Get-WinStationList"]> {
  const prefix = `HKLM\\${winStationsKey}\\`;
  return Object.entries(registry).flatMap(([path, value]) => {
    const name = path.startsWith(prefix) ? /^([^\\]+)\\PortNumber$/.exec(path.slice(prefix.length))?.[1] : undefined;
    if (name === undefined || value.type !== "dword" || value.data < 1 || value.data > 65535) return [];
    return [{ name, port: value.data, wdName: String(registry[`${prefix}${name}\\WdName`]?.data ?? "") }];
  });
}

type ListenerFunctions = Pick<
  WindowsAdapter,
  "Get-PortOwner" | "Get-TermServicePorts" | "Get-WinStationList" | "Get-SessionCounts" | "Wait-RdpListener"
>;

export function listenerFunctions(machine: Machine): ListenerFunctions {
  return {
    "Get-PortOwner": ({ Port }) => portOwner(machine, Port),
    "Get-TermServicePorts": () => {
      const port = termServicePort(machine);
      const isTaken = machine.state.foreignListeners.some((listener) => listener.port === port);
      return port === null || isTaken ? [] : [port];
    },
    "Get-WinStationList": () => winStations(machine),
    "Get-SessionCounts": () => machine.state.sessions,
    "Wait-RdpListener": ({ Port }) => portOwner(machine, Port)?.services.includes("TermService") ?? false,
  };
}
