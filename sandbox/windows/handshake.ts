import { asNetworkService } from "./access.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { keyFault, presentedCertificate } from "./certificates.ts";
import { keyNotAccessible, logEvent, noCommonSuite, protocolDisabled } from "./events.ts";
import { listeningAddress, portOwner, winStations } from "./listener.ts";
import { type Machine, registryValue } from "./machine.ts";
import { clientProtocols, hasCurves, isTls12On, isTls13On, leavesAlgorithms, offeredSuites } from "./schannel.ts";
import type { CertificateState } from "./state.ts";

type Handshake = ReturnType<WindowsAdapter["Get-RdpHandshake"]>;

const reset = "An existing connection was forcibly closed by the remote host.";

/**
 * The numbers that Windows accepts for each setting of the listener, and its default for an absent value. Source:
 * Azure/repair-script-library, win-fix-rdp-connectivity.ps1 (c483536e).
 */
const settings = [
  { name: "SecurityLayer", known: [0, 1, 2], otherwise: 2 },
  { name: "UserAuthentication", known: [0, 1], otherwise: 1 },
  { name: "MinEncryptionLevel", known: [1, 2, 3, 4], otherwise: 2 },
] as const satisfies readonly { name: string; known: readonly number[]; otherwise: number }[];

/** The setting in effect: policy takes precedence. Data of another type are invalid for Windows. */
function inEffect(machine: Machine, name: (typeof settings)[number]["name"]): number {
  const value = registryValue(machine, `policy/${name}`) ?? registryValue(machine, `rdp-tcp/${name}`);
  if (value) return value.type === "dword" ? value.data : Number.NaN;
  return settings.find((one) => one.name === name)?.otherwise ?? Number.NaN;
}

function failed(stage: "connect" | "negotiate" | "tls", error: string): Handshake {
  return { result: "failed", stage, error };
}

/**
 * The result for a client on the VM itself that connects, requests TLS and makes a handshake. The listener presents an
 * expired certificate like any other: the client must refuse it.
 */
function shakeHands(machine: Machine, port: number): Handshake {
  const owner = portOwner(machine, port);
  if (!owner) {
    return failed(
      "connect",
      `No connection could be made because the target machine actively refused it ${listeningAddress(machine)}:${port}`,
    );
  }
  if (!owner.services.includes("TermService")) return failed("negotiate", "The answer is not one of Remote Desktop.");
  if (winStations(machine).filter((station) => station.port === port && !isReverse(station.name)).length > 1) {
    return failed("negotiate", reset);
  }
  if (machine.state.products.resets) return failed("negotiate", reset);
  // Windows does not clamp an invalid value: it agrees with no client, and closes the connection.
  if (settings.some(({ name, known }) => !known.some((one) => one === inEffect(machine, name))))
    return failed("negotiate", reset);
  if (inEffect(machine, "SecurityLayer") === 0) return { result: "rdp-security" };
  // Asserted by Azure's repair script for both, and measured for neither.
  const isOff = ({ CryptSvc, KeyIso }: Machine["state"]["services"]) =>
    [CryptSvc, KeyIso].some((one) => one?.startMode === "Disabled" && one.state === "Stopped");
  if (isOff(machine.state.services)) return noCredential(machine, 36870, keyNotAccessible);

  const presented = presentedCertificate(machine);
  if (!presented) return noCredential(machine, 36872, null);
  const { thumbprint, certificate } = presented;
  if (keyFault(machine, thumbprint, certificate, asNetworkService))
    return noCredential(machine, 36870, keyNotAccessible);
  const { offered } = clientProtocols(machine);
  const both = {
    tls12: isTls12On(machine) && offered.includes("TLS 1.2"),
    tls13: isTls13On(machine) && offered.includes("TLS 1.3"),
  };
  const suites = offeredSuites(machine).filter((one) => hasCurves(machine) || !/^TLS_(AES|ECDHE)_/.test(one));
  const suite = both.tls12 ? suites.find((one) => fits(one, certificate) && leavesAlgorithms(machine, one)) : undefined;
  const suite13 = both.tls13 ? suites.find((one) => /^TLS_AES_/.test(one)) : undefined;
  const presents = machine.state.presentedSinceStart ?? { thumbprint, notAfter: certificate.notAfter };
  if (suite) return { result: "completed", protocol: "TLS 1.2", suite, ...presents };
  if (suite13) return { result: "completed", protocol: "TLS 1.3", suite: suite13, ...presents };
  if (!isTls12On(machine) && !isTls13On(machine)) return noCredential(machine, 36871, protocolDisabled);
  if (!both.tls12 && !both.tls13) {
    return failed("tls", "The client and server cannot communicate, because they do not possess a common algorithm.");
  }
  logEvent(machine, "Schannel", 36874, noCommonSuite);
  return failed("tls", "Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'.");
}

/**
 * The side-by-side stack of Azure Virtual Desktop connects outwards and listens on no port, whatever its PortNumber.
 * Source: Understanding Azure Virtual Desktop network connectivity (reverse connect), learn.microsoft.com.
 */
function isReverse(station: string): boolean {
  return /^rdp-sxs\d*$/i.test(station);
}

/** Schannel has no credential to use, so TermService drops the connection. */
function noCredential(machine: Machine, event: number, status: string | null): Handshake {
  logEvent(machine, "Schannel", event, status);
  return failed("tls", `Unable to read data from the transport connection: ${reset}`);
}

/** TLS 1.3 suites name no key type, and Remote Desktop uses TLS 1.2 here. */
function fits(suite: string, { keyAlgorithm }: CertificateState): boolean {
  return new RegExp(`^TLS_(ECDHE_|DHE_)?${keyAlgorithm}_WITH_(?!NULL)`).test(suite);
}

export function handshakeFunctions(machine: Machine): Pick<WindowsAdapter, "Get-RdpHandshake"> {
  return {
    "Get-RdpHandshake": ({ Port }) => ({
      ...shakeHands(machine, Port),
      client: { address: listeningAddress(machine), ...clientProtocols(machine) },
    }),
  };
}
