import { maximumPolicyLength, policySuites, worksWithRsa } from "../core/cipher-policy.ts";
import { type GuestEvidence, isUnreadable } from "../core/guest-evidence.ts";
import { portAtNextStart } from "../core/rdp-services.ts";
import { registryPath } from "../core/registry-value.ts";
import { type SupportingServiceName, supportingServices } from "../core/supporting-services.ts";
import { firstBuildWithTls13 } from "../core/windows.ts";
import { type Lockout, type LockoutRule, readable } from "./lockout.ts";

type Found = Pick<Lockout, "because" | "cure">;

/**
 * What works only until Windows starts again: a disabled service that still runs, a library that is gone, a list of
 * cipher suites that Schannel has not read yet. An update restarts the VM, and nobody expects it to lock them out.
 */
export const restartStopsRdp: LockoutRule = ({ guest }) => {
  if (!guest) return [];
  return [
    ...ownServices(guest),
    ...otherPort(guest),
    ...otherServices(guest),
    ...cipherList(guest),
    ...tls12(guest),
  ].map((found) => ({
    kind: "restart-stops-rdp",
    when: { on: "restart" },
    ...found,
  }));
};

function ownServices(guest: GuestEvidence): Found[] {
  const service = readable(guest.services)?.TermService;
  const disabled =
    service?.state === "Running" && service.startMode === "Disabled"
      ? [
          {
            because: "TermService runs and is disabled: it does not start with Windows again.",
            cure: "On the VM: `sc.exe config TermService start= demand`",
          },
        ]
      : [];
  if (service?.state !== "Running") return [];
  const obstacle = readable(guest.supportingServices)?.obstacles.find((one) => one.service === "TermService");
  const library =
    obstacle?.library && !obstacle.library.exists
      ? [
          {
            because: `TermService runs, and its library ${obstacle.library.path.slice(0, 120)} is gone: it does not start again.`,
            cure: "By name: repair --remediations restore-termservice-library.",
          },
        ]
      : [];
  const blocked = (obstacle?.blockedBy ?? []).map(({ name, problem }) => ({
    because: `TermService runs, and depends on ${name.slice(0, 120)}, which is ${problem}: it does not start again.`,
    cure:
      problem === "disabled"
        ? `On the VM: \`sc.exe config ${name.slice(0, 120)} start= auto\``
        : "Correct DependOnService of TermService.",
  }));
  return [...disabled, ...library, ...blocked];
}

/** TermService reads its port as it starts. [CLP] */
function otherPort({ listener }: GuestEvidence): Found[] {
  const { port } = readable(listener) ?? {};
  const nextPort = portAtNextStart({ listener });
  if (port === undefined || nextPort === null) return [];
  return [
    {
      because: `TermService listens on port ${port}, and PortNumber is ${nextPort}: Remote Desktop moves there as it starts again.`,
      cure: `Let TCP ${nextPort} in (security groups, Windows firewall), or set PortNumber back to ${port}.`,
    },
  ];
}

/** What is lost with a service, by what it breaks; what is not here locks nobody out. */
const harms: Partial<Record<(typeof supportingServices)[SupportingServiceName]["breaks"], string>> = {
  tls: "Remote Desktop has no certificate",
  network: "the VM has no network",
  rpc: "Windows hangs",
  "log-on": "users may be refused",
};

/** The network, RPC and the keys of Windows: of these only the start type Disabled is evidence. [CON][CRT][NET] */
function otherServices(guest: GuestEvidence): Found[] {
  const network = readable(guest.guestNetwork);
  return (readable(guest.supportingServices)?.disabled ?? []).flatMap(({ name, state }) => {
    const { breaks, startMode } = supportingServices[name];
    if (state !== "Running" || !(breaks in harms)) return [];
    // Without an adapter that uses DHCP the client is not needed.
    if (name === "Dhcp" && network?.inOrder === 0) return [];
    const start = { Boot: 0, System: 1, Auto: 2, Manual: 3 }[startMode];
    return [
      {
        because: `${name} runs and is disabled: after the next start of Windows ${harms[breaks]}.`,
        cure: `On the VM: \`reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name} /v Start /t REG_DWORD /d ${start} /f\``,
      },
    ];
  });
}

/** A change of the list takes effect at the next start of Windows. [MT] */
function cipherList(guest: GuestEvidence): Found[] {
  const list = readable(guest.registry)?.["cipher-policy/Functions"];
  const certificate = readable(guest.certificate)?.inUse;
  if (!list || certificate?.keyAlgorithm !== "RSA" || !worksNow(guest)) return [];
  const path = registryPath("cipher-policy/Functions");
  const tooLong = [list.data].flat().join(",").length > maximumPolicyLength;
  if (!tooLong && policySuites(list).some(worksWithRsa)) return [];
  return [
    {
      because: tooLong
        ? `The list of cipher suites ${path} is longer than the ${maximumPolicyLength} characters that Windows reads.`
        : `No suite of ${path} works with the RSA certificate of Remote Desktop. Windows reads the list as it starts.`,
      cure: "The owner of the policy must add TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384; by name: repair --remediations reset-cipher-policy.",
    },
  ];
}

/** A build without TLS 1.3 has nothing in the place of TLS 1.2. */
function tls12(guest: GuestEvidence): Found[] {
  const registry = readable(guest.registry);
  const build = readable(guest.system)?.build;
  if (!registry || build === undefined || build >= firstBuildWithTls13 || !worksNow(guest)) return [];
  const off = (["tls12-server/Enabled", "tls12-server/DisabledByDefault"] as const).find((id) => {
    const data = registry[id]?.data;
    return id === "tls12-server/Enabled" ? data === 0 : typeof data === "number" && data !== 0;
  });
  if (!off) return [];
  return [
    {
      because: `TLS 1.2 is off for servers (${registryPath(off)}), and the listener still serves it: not after its next start.`,
      cure: "By name: repair --remediations enable-tls12.",
    },
  ];
}

function worksNow({ handshake }: GuestEvidence): boolean {
  return !isUnreadable(handshake) && handshake.result === "completed";
}
