import { createHash } from "node:crypto";
import { worksWithRsa } from "../../lib/core/cipher-policy.ts";
import { GuestEvidence, type RegistrySection, type SectionName, sectionNames } from "../../lib/core/guest-evidence.ts";
import { declaredValues, type RegistryValueId, registryValueIds, roleKeys } from "../../lib/core/registry-value.ts";
import {
  agentServices,
  defaultRdpPort,
  isPort,
  knownContainers,
  rdpKeyPrefix,
  rdpServices,
} from "../../lib/core/windows.ts";
import { evidenceBounds, sectionFunctions } from "../../lib/guest/sections.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { type AdapterFunction, isAdapterFunction } from "../windows/adapter-functions.ts";

/** The sections that are made of several answers of Windows. */
type ComposedSection = {
  [Name in SectionName]: (typeof sectionFunctions)[Name] extends AdapterFunction ? never : Name;
}[SectionName];

const composed: { readonly [Name in ComposedSection]: (adapter: WindowsAdapter) => GuestEvidence[Name] } = {
  services: (adapter) => {
    const [SessionEnv, TermService, UmRdpService] = rdpServices.map((Name) => adapter["Get-ServiceFacts"]({ Name }));
    return { SessionEnv: SessionEnv ?? null, TermService: TermService ?? null, UmRdpService: UmRdpService ?? null };
  },
  listener: (adapter) => {
    const port = listeningPort(adapter);
    return {
      port,
      owner: adapter["Get-PortOwner"]({ Port: port }),
      winStations: adapter["Get-WinStationList"](),
      registryKeys: {
        terminalServer: keyExists(adapter, roleKeys.terminalServer),
        rdpTcp: keyExists(adapter, roleKeys.rdpTcp),
      },
    };
  },
  registry: (adapter) =>
    Object.fromEntries(registryValueIds.map((id) => [id, declaredData(adapter, id)])) as RegistrySection,
  certificate: readCertificates,
  keys: readKeys,
  agent: readAgent,
  schannel: (adapter) => {
    const protocols = adapter["Get-ServerProtocols"]();
    const usableWithRsa = adapter["Get-TlsSuiteNames"]().filter(worksWithRsa);
    const algorithmsOff = adapter["Get-AlgorithmsOff"]();
    const schannel = { protocols, usableWithRsa, ...(algorithmsOff.length > 0 && { algorithmsOff }) };
    if (usableWithRsa.length > 0) return schannel;
    return { ...schannel, localWithRsa: adapter["Get-LocalSuiteNames"]().filter(worksWithRsa).length };
  },
  firewall: (adapter) => adapter["Get-FirewallFacts"]({ Port: listeningPort(adapter) }),
  events: (adapter) => adapter["Get-EventCounts"]({ Hours: 24 }),
  journal: (adapter) => {
    const path = adapter["Get-JournalRoot"]();
    const facts = adapter["Get-FileFacts"]({ Path: path });
    if (!facts) return { path, found: null };
    const { owner, sddl, folder, reparsePoint } = facts;
    return { path, found: { owner, sddl, folder, reparsePoint } };
  },
  handshake: (adapter) => adapter["Get-RdpHandshake"]({ Port: listeningPort(adapter) }),
};

/** One answer of Windows lacks what is as Windows makes it; the schema adds it. */
function readSection(adapter: WindowsAdapter, name: SectionName): unknown {
  const read = sectionFunctions[name];
  const section = isAdapterFunction(read)
    ? GuestEvidence.shape[name].parse((adapter[read] as () => unknown)())
    : composed[name as ComposedSection](adapter);
  return limitLists(section, name);
}

const { lists: longestLists } = evidenceBounds();

/** As `Limit-Section` of evidence.ps1, for lists: shortens those of a section, which is a copy, in their places. */
function limitLists(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const longest = longestLists[name];
    if (longest !== undefined && value.length > longest) value.length = longest;
    for (const item of value) limitLists(item, name);
  } else for (const [key, item] of Object.entries(value)) limitLists(item, key);
  return value;
}

/**
 * The sections that are asked for, or all. A section that cannot be read says so, and the others are still read.
 */
export function collect(adapter: WindowsAdapter, wanted: readonly SectionName[] = []): GuestEvidence {
  const read = sectionNames.map((name) => {
    const isWanted = wanted.length === 0 || wanted.includes(name);
    return [name, isWanted ? readOrTell(() => readSection(adapter, name)) : { unreadable: "not asked for" }];
  });
  return { collectedAt: adapter["Get-UtcNow"](), ...Object.fromEntries(read) };
}

function readOrTell<Section>(section: () => Section): Section | { unreadable: string } {
  try {
    return section();
  } catch (error) {
    return { unreadable: messageOf(error).slice(0, 400) };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function declaredData(adapter: WindowsAdapter, id: RegistryValueId) {
  const { key, name } = declaredValues[id];
  return adapter["Get-RegistryData"]({ Key: key, Name: name });
}

/** The port of the registry, or the default port where the registry holds none. */
export function rdpPort(adapter: WindowsAdapter): number {
  const value = declaredData(adapter, "rdp-tcp/PortNumber");
  return value?.type === "dword" && isPort(value.data) ? value.data : defaultRdpPort;
}

/** As `Get-ListeningPort` of evidence.ps1. */
function listeningPort(adapter: WindowsAdapter): number {
  const configured = rdpPort(adapter);
  const ports = adapter["Get-TermServicePorts"]();
  if (ports.includes(configured)) return configured;
  if (ports.includes(defaultRdpPort)) return defaultRdpPort;
  return ports.length === 1 ? (ports[0] ?? configured) : configured;
}

function keyExists(adapter: WindowsAdapter, Key: string): boolean {
  return adapter["Get-RegistryKeyState"]({ Key }) !== null;
}

/** Made from the MachineGuid, which becomes part of a path: nothing but a GUID will do. */
export function rdpKeyName(adapter: WindowsAdapter): string {
  const guid = adapter["Get-MachineGuid"]();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) {
    throw new Error("The MachineGuid of this Windows is not a GUID.");
  }
  return `${rdpKeyPrefix}${guid}`;
}

export function rdpKeyPath(adapter: WindowsAdapter): string {
  return `${adapter["Get-MachineKeysPath"]()}\\${rdpKeyName(adapter)}`;
}

function readCertificates(adapter: WindowsAdapter): Exclude<GuestEvidence["certificate"], { unreadable: string }> {
  const custom = declaredData(adapter, "rdp-tcp/SSLCertificateSHA1Hash");
  const pointer = custom ?? declaredData(adapter, "winstations/SelfSignedCertificate");
  const remoteDesktop = adapter["Get-StoreCertificates"]({ Store: "Remote Desktop" });
  const store = custom ? adapter["Get-StoreCertificates"]({ Store: "My" }) : remoteDesktop;
  // A thumbprint that somebody stored as text is none to Windows.
  const wanted = pointer?.type === "binary" ? pointer.data : null;
  const inUse = store.find((certificate) => certificate.thumbprint === wanted) ?? null;
  const path = chosenKeyPath(adapter);
  const facts = path && adapter["Get-FileFacts"]({ Path: path });
  const writeDenied = adapter["Get-StoreDenials"]({ Store: "Remote Desktop" });
  return {
    ...(writeDenied.length > 0 && { writeDenied }),
    origin: adapter["Get-CertificateOrigin"](),
    inUse,
    others: remoteDesktop.filter((certificate) => certificate !== inUse),
    keyFile: path && facts ? { path, owner: facts.owner, sddl: facts.sddl, reparsePoint: facts.reparsePoint } : null,
  };
}

/** The key file of the certificate that somebody bound the listener to; `null` when none is bound. */
export function chosenKeyPath(adapter: WindowsAdapter): string | null {
  const custom = declaredData(adapter, "rdp-tcp/SSLCertificateSHA1Hash");
  if (custom?.type !== "binary") return null;
  return adapter["Get-CertificateKeyPath"]({ Store: "My", Thumbprint: custom.data });
}

/** The files of MachineKeys but for the RDP key. */
export function otherKeys(adapter: WindowsAdapter, folder = adapter["Get-MachineKeysPath"]()) {
  const rdpKey = rdpKeyName(adapter);
  return adapter["Get-FolderFiles"]({ Path: folder }).filter((file) => file.name !== rdpKey);
}

/** How many key files there are beside the RDP key, and a digest that changes when one of them does. */
export function summarizeKeys(files: ReturnType<typeof otherKeys>) {
  const lines = files.map((file) => `${file.name}:${file.bytes}`).sort();
  return {
    count: files.length,
    unreadable: files.filter((file) => !file.readable).length,
    digest: createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16),
  };
}

type KeysSection = Exclude<GuestEvidence["keys"], { unreadable: string }>;

function readKeys(adapter: WindowsAdapter): KeysSection {
  const path = adapter["Get-MachineKeysPath"]();
  const name = rdpKeyName(adapter);
  const folder = adapter["Get-FileFacts"]({ Path: path });
  const rdpKey = adapter["Get-FileFacts"]({ Path: `${path}\\${name}` });
  const files = folder ? otherKeys(adapter, path) : [];
  return {
    folder: folder && { path, reparsePoint: folder.reparsePoint, owner: folder.owner, sddl: folder.sddl },
    rdpKey: rdpKey && {
      name,
      bytes: rdpKey.bytes,
      reparsePoint: rdpKey.reparsePoint,
      owner: rdpKey.owner,
      sddl: rdpKey.sddl,
    },
    others: summarizeKeys(files),
    containers: Object.entries(knownContainers)
      .filter(([, { file }]) => files.some(({ name }) => name.startsWith(file)))
      .map(([container]) => container)
      .sort(),
    dependents: dependentCertificates(adapter),
  };
}

/** The certificates of the machine but those of Remote Desktop itself. */
export function otherCertificates(adapter: WindowsAdapter) {
  return (["My", "WebHosting"] as const).flatMap((Store) => adapter["Get-StoreCertificates"]({ Store }));
}

/** The certificates that would miss a key of the folder. */
function dependentCertificates(adapter: WindowsAdapter): KeysSection["dependents"] {
  return otherCertificates(adapter).flatMap(({ thumbprint, subject, key }) => {
    const { container, provider, file, usable } = key;
    if (file === null) return [];
    const usedBy = adapter["Get-CertificateUsers"]({ Thumbprint: thumbprint });
    return [{ thumbprint, subject, container, provider, file, usable, usedBy }];
  });
}

function readAgent(adapter: WindowsAdapter): Exclude<GuestEvidence["agent"], { unreadable: string }> {
  const [WindowsAzureGuestAgent, RdAgent] = agentServices.map((Name) => adapter["Get-ServiceFacts"]({ Name }));
  const own = adapter["Get-StoreCertificates"]({ Store: "My" }).filter(({ thumbprint }) =>
    adapter["Get-CertificateUsers"]({ Thumbprint: thumbprint }).includes("Azure agent"),
  );
  return {
    services: { WindowsAzureGuestAgent: WindowsAzureGuestAgent?.state ?? null, RdAgent: RdAgent?.state ?? null },
    certificates: own.map(({ thumbprint, key }) => ({ thumbprint, usable: key.usable })),
  };
}
