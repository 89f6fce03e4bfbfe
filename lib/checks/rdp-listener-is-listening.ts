import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { isHttpSys, portAtNextStart } from "../core/rdp-services.ts";
import { registryPath, roleKeys } from "../core/registry-value.ts";
import { defaultRdpPort, isPort } from "../core/windows.ts";
import { missingRoleKey, numberAt, spellValue } from "./_registry.ts";
import { brief, type Context, fitting, judgeFrom, readable, type Section } from "./_section.ts";
import { whileStarting } from "./_starting.ts";
import { rdpIsEnabled } from "./rdp-is-enabled.ts";

export const rdpListenerIsListening: Check = {
  id: "rdp-listener-is-listening",
  title: "Remote Desktop listens on its port",
  run: judgeFrom(["listener"], ({ listener }, context) => {
    const { port, owner } = listener;
    if (!owner) return judgeSilence(listener, context);
    if (!owner.services.includes("TermService")) {
      if (owner.services.length === 0 && /^svchost/i.test(owner.process)) {
        return unknown(`${brief(owner.process)} holds port ${port}, and the services in it could not be read.`);
      }
      return faulty(judgeHolder(port, owner), []);
    }
    const registry = readable(context.guest.registry);
    const odd = registry && noPort(registry);
    return (
      judgeStations(listener, context) ??
      judgePending(listener) ??
      (odd ? noted(`${odd} TermService listens on port ${port} nevertheless.`, { port }) : null) ??
      healthy(`TermService (${brief(owner.process)}) listens on port ${port}.`, { port })
    );
  }),
};

/** The port of the registry is another one: a restart of TermService moves Remote Desktop there. [CLP] */
function judgePending(listener: Section<"listener">): CheckResult | null {
  const { port } = listener;
  const nextPort = portAtNextStart({ listener });
  if (nextPort === null) return null;
  return noted(
    fitting(
      `TermService listens on port ${port} since its start. PortNumber is ${nextPort}, and counts from its next start on.`,
      `Let TCP ${nextPort} in before that (security groups, Windows firewall), or set it back: ${setPort(port)}`,
    ),
    { port, "port from the next start on": nextPort },
  );
}

function setPort(port: number): string {
  return `reg add "HKLM\\${roleKeys.rdpTcp}" /v PortNumber /t REG_DWORD /d ${port} /f`;
}

/**
 * Another process has the port. A port in the process System is one of http.sys, which serves IIS, WinRM and others; one of
 * the service iphlpsvc is forwarded by netsh. [PPX]
 */
function judgeHolder(port: number, { process, services }: NonNullable<Section<"listener">["owner"]>): string {
  const back =
    port === defaultRdpPort ? "" : `, or set Remote Desktop back to ${defaultRdpPort} (by name: reset-rdp-port)`;
  if (isHttpSys(process)) {
    return `Port ${port} is held by http.sys (process System), not by TermService: a site of IIS or another web service has it. See which with netsh http show servicestate. Move that site to another port${back}.`;
  }
  if (services.some((service) => service.toLowerCase() === "iphlpsvc")) {
    return `Port ${port} is held by iphlpsvc, not by TermService: a rule of netsh interface portproxy forwards it elsewhere. See netsh interface portproxy show all; take it out with netsh interface portproxy delete v4tov4 listenport=${port}${back}.`;
  }
  const holder = brief([process, ...services].join(", "));
  return `Port ${port} is held by ${holder}, not by TermService. Stop it or move it to another port${back}.`;
}

function judgeSilence(listener: Section<"listener">, context: Context): CheckResult {
  const { evidence, guest } = context;
  const { port } = listener;
  const missing = missingRoleKey(listener);
  if (missing) return faulty(`Nothing listens on port ${port}. ${missing}`, []);
  const enabled = rdpIsEnabled.run(evidence);
  if (enabled.verdict === "faulty") {
    // The other finding has room for its own sentences alone.
    const why = fitting(`Nothing listens on port ${port}.`, ...enabled.because.split(/(?<=[.]) (?=[A-Z])/));
    return faulty(why, enabled.restoredBy ?? []);
  }
  const registry = readable(guest.registry);
  const odd = registry && noPort(registry);
  if (odd) return faulty(`${odd} Nothing listens on ${port}, the default. By name: reset-rdp-port.`, []);
  if (registry && numberAt(registry, "rdp-tcp/LanAdapter")) {
    const path = registryPath("rdp-tcp/LanAdapter");
    return faulty(`Nothing listens on port ${port}: ${path} names one adapter, which may not exist any more.`, [
      "enable-remote-desktop",
    ]);
  }
  const silent = `Nothing listens on port ${port}.`;
  const runs = readable(guest.services)?.TermService?.state === "Running";
  return whileStarting(silent, context) ?? faulty(fitting(silent, runs ? reserved : ""), ["restart-rdp-services"]);
}

/** Hyper-V, containers and WinNAT reserve ranges of ports that nobody can listen on then, and no process shows. [EXP] */
const reserved =
  "TermService runs. If a restart changes nothing, the port may lie in a range that is reserved, e.g. by containers: netsh interface ipv4 show excludedportrange protocol=tcp.";

/** A sentence when the registry holds something in the place of the port that is none; `null` otherwise. */
function noPort(registry: RegistrySection): string | null {
  const data = registry["rdp-tcp/PortNumber"];
  if (data === null || (data.type === "dword" && isPort(data.data))) return null;
  return `${registryPath("rdp-tcp/PortNumber")} is ${spellValue(data)}, which is no port (a REG_DWORD of 1 to 65535).`;
}

/**
 * A second WinStation on the port, and another vendor's driver in ours, are known to make Windows drop connections
 * [ALI]. When a handshake completes, they do not.
 */
function judgeStations({ port, winStations }: Section<"listener">, { guest }: Context): CheckResult | null {
  const oddities = [
    ...winStations
      .filter((station) => station.port === port && !isOurs(station.name) && !isReverse(station.name))
      .map(({ name, wdName }) => `WinStation ${brief(name, 80)} (${brief(wdName, 80)}) uses port ${port} too`),
    ...winStations
      .filter((station) => isOurs(station.name) && !/^(microsoft\b|rdpwd|$)/i.test(station.wdName))
      .map(
        ({ name, wdName }) =>
          `WinStation ${brief(name, 80)} is driven by ${brief(wdName, 80)}, which is not Microsoft's`,
      ),
  ];
  const [oddity] = oddities;
  if (!oddity) return null;
  const handshake = readable(guest.handshake);
  if (!handshake) return unknown(`${oddity}; no handshake shows whether that does harm.`);
  if (handshake.result !== "failed")
    return healthy(`TermService listens on port ${port} and answers, although ${oddity}.`);
  return faulty(`${oddity}, and the handshake fails. Uninstall the product that installed it.`, []);
}

function isOurs(station: string): boolean {
  return station.toLowerCase() === "rdp-tcp";
}

/**
 * The stack of Azure Virtual Desktop copies the port number of RDP-Tcp, but does not listen there: it makes outbound
 * connections.
 */
function isReverse(station: string): boolean {
  return /^rdp-sxs/i.test(station);
}
