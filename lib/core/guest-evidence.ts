import { z } from "zod";
import { GuestNetworkSection } from "./guest-network.ts";
import { InstalledProductsSection } from "./installed-products.ts";
import { DomainSection, LicensingSection, LogOnsSection, RightsSection, SubsystemSection } from "./log-on.ts";
import { RegistryData, type RegistryValueId, registryValueIds } from "./registry-value.ts";
import { SupportingServicesSection } from "./supporting-services.ts";
import { agentServices, rdpServices, serviceStates } from "./windows.ts";

/*
 * What one read-only Run Command returns from inside Windows. Plain JSON, exactly as the guest sends it: the guest
 * observes, TypeScript decides. Lengths are bounded because the guest is not trusted.
 */

const text = z.string().max(512);
const thumbprint = z.string().regex(/^[0-9A-F]{40}$/);
const time = z.iso.datetime();
const port = z.number().int().min(1).max(65535);
const count = z.number().int().nonnegative();

/** A section that could not be read, and why. It never counts as healthy. */
export const Unreadable = z.strictObject({ unreadable: text });
export type Unreadable = z.infer<typeof Unreadable>;

export function isUnreadable(section: unknown): section is Unreadable {
  return typeof section === "object" && section !== null && "unreadable" in section;
}

export const SystemSection = z.strictObject({
  /** Windows build, e.g. 20348 for Server 2022. */
  build: count,
  productType: z.enum(["workstation", "domain-controller", "server"]),
  domainJoined: z.boolean(),
  machineGuid: text,
  computerName: text,
  bootTime: time,
  pendingReboot: z.boolean(),
  /** On the system drive. */
  freeDiskMb: count,
  /** The version of TSpkg.dll, by which CredSSP is known, of Windows before version 1803; absent in later ones. [CSV] */
  credSsp: text.optional(),
  /** An evaluation edition; absent in others. */
  evaluation: z.literal(true).optional(),
  powershell: text,
});

/** States and modes, spelled as in Win32_Service. */
export const ServiceFacts = z.strictObject({
  state: z.enum(serviceStates),
  startMode: z.enum(["Boot", "System", "Auto", "Manual", "Disabled"]),
  account: text,
  /** `own` process or a `share`d svchost. */
  type: z.enum(["own", "share"]),
});
export type ServiceFacts = z.infer<typeof ServiceFacts>;

/** `null`: no such service. */
export const ServicesSection = z.record(z.enum(rdpServices), ServiceFacts.nullable());

export const ListenerSection = z.strictObject({
  /**
   * The port on which TermService listens, which it reads as it starts. Where it listens on none, the port that the registry
   * configures: 3389 where it configures none, or holds something that is no port. [CLP]
   */
  port,
  /** The process that holds that port; `null` when nothing listens. `services` are those in that process. */
  owner: z.strictObject({ process: text, services: z.array(text).max(32) }).nullable(),
  /** Every WinStation with a port, as the registry has it. A second one on the same port makes Windows drop connections. [ALI] */
  winStations: z.array(z.strictObject({ name: text, port, wdName: text })).max(16),
  /** Whether the keys Terminal Server and RDP-Tcp exist; without them Windows' Remote Desktop is damaged. [CON] */
  registryKeys: z.strictObject({ terminalServer: z.boolean(), rdpTcp: z.boolean() }).optional(),
});

/** Every declared value; `null` when absent. The guest sends only those that exist, because a reply is short. */
export const RegistrySection = z.object(
  Object.fromEntries(registryValueIds.map((id) => [id, RegistryData.nullable().default(null)])) as Record<
    RegistryValueId,
    z.ZodDefault<z.ZodNullable<typeof RegistryData>>
  >,
);
export type RegistrySection = z.infer<typeof RegistrySection>;

export const CertificateFacts = z.strictObject({
  thumbprint,
  /** LocalMachine store: "Remote Desktop", "My" for a custom certificate; IIS also keeps certificates in "WebHosting". */
  store: z.enum(["Remote Desktop", "My", "WebHosting"]),
  subject: text,
  selfSigned: z.boolean(),
  notBefore: time,
  notAfter: time,
  keyAlgorithm: z.enum(["RSA", "ECDSA", "other"]),
  /** Bits. */
  keySize: count,
  /** Object identifiers of the enhanced key usages; empty means any. */
  keyUsages: z.array(text).max(16),
  key: z.strictObject({
    present: z.boolean(),
    provider: text.nullable(),
    container: text.nullable(),
    /** File name in MachineKeys; `null` when the key is stored elsewhere or its file is not known. */
    file: text.nullable(),
    /** Whether the key could be opened and used to sign, by SYSTEM. */
    usable: z.boolean(),
    /** Windows' error message when it could not, in the language of the VM. */
    error: text.nullable(),
    /** The error's HRESULT, e.g. 0x80090016, which is the same in every language; `null` when the error has none. */
    code: z
      .string()
      .regex(/^0x[0-9A-F]{8}$/)
      .nullable(),
  }),
});
export type CertificateFacts = z.infer<typeof CertificateFacts>;

export const FileSecurity = z.strictObject({
  /** SID of the owner. */
  owner: text,
  /** The access part (DACL) only, `D:...`. */
  sddl: z.string().max(2048),
});
export type FileSecurity = z.infer<typeof FileSecurity>;

export const CertificateSection = z.strictObject({
  /** Win32_TSGeneralSetting.SSLCertificateSHA1HashType; `null` when WMI does not answer. [WMI] */
  origin: z.enum(["invalid", "self-signed", "policy", "custom"]).nullable(),
  /** The certificate that the listener would present; `null` when its pointer leads to none. */
  inUse: CertificateFacts.nullable(),
  /** The other certificates of the "Remote Desktop" store. */
  others: z.array(CertificateFacts).max(8),
  /**
   * The key file of a certificate that the listener is bound to, of CryptoAPI or CNG; `null` when it is bound to none,
   * or the file is not known.
   */
  keyFile: FileSecurity.extend({ path: text, reparsePoint: z.boolean() }).nullable(),
  /**
   * The registry keys of the store "Remote Desktop" on which an entry denies SYSTEM to write, so that Windows can save no
   * new certificate; absent: none. `inherited`: the entry is one of a key above. [CRT]
   */
  writeDenied: z
    .array(z.strictObject({ key: text, inherited: z.boolean() }))
    .max(2)
    .optional(),
});
export type CertificateSection = z.infer<typeof CertificateSection>;

export const KeysSection = z.strictObject({
  /** The MachineKeys folder; `null` when it does not exist. */
  folder: FileSecurity.extend({ path: text, reparsePoint: z.boolean() }).nullable(),
  /** The RDP key file of this MachineGuid; `null` when it does not exist. */
  rdpKey: FileSecurity.extend({ name: text, bytes: count, reparsePoint: z.boolean() }).nullable(),
  /**
   * All other files of the folder. `digest`: first 16 hex digits of the SHA-256 over their sorted `name:bytes` lines.
   * `unreadable`: those that do not open; of more than 20,000 files only the links, because none is opened then.
   */
  others: z.strictObject({ count, unreadable: count, digest: z.string().regex(/^[0-9a-f]{16}$/) }),
  /**
   * Containers of Windows' own services among them, by their names (`knownContainers`): no certificate belongs to
   * these.
   */
  containers: z.array(text).max(8),
  /** Certificates of LocalMachine (My, WebHosting) whose key lies in this folder, with the services known to use them. */
  dependents: z
    .array(
      z.strictObject({
        thumbprint,
        subject: text,
        container: text.nullable(),
        provider: text.nullable(),
        file: text,
        usable: z.boolean(),
        usedBy: z.array(text).max(16),
      }),
    )
    .max(32),
});

export type KeysSection = z.infer<typeof KeysSection>;

/** What Azure needs inside the VM to run commands and to pass settings to extensions. */
export const AgentSection = z.strictObject({
  /** `null`: no such service. */
  services: z.record(z.enum(agentServices), ServiceFacts.shape.state.nullable()),
  /** The certificates under which Azure sends protected settings. Their keys may lie in MachineKeys. [XC] */
  certificates: z.array(z.strictObject({ thumbprint, usable: z.boolean() })).max(8),
});

export const SchannelSection = z.strictObject({
  /** Only the protocols that have a Server key; absent means the default of this Windows. */
  protocols: z
    .array(
      z.strictObject({
        protocol: text,
        enabled: z.number().int().nullable(),
        disabledByDefault: z.number().int().nullable(),
      }),
    )
    .max(16),
  /** Suites that Windows would offer now, and that work with an RSA certificate up to TLS 1.2. */
  usableWithRsa: z.array(text).max(64),
  /**
   * Algorithms of TLS 1.2 that Schannel's own keys do not leave on, with their data, e.g. `Ciphers\\AES 256/256 0`. Absent:
   * all are on. The suites above do not show it. [SCR]
   */
  algorithmsOff: z.array(text).max(8).optional(),
  /** Where Windows offers none of them: how many the local configuration has, which Disable-TlsCipherSuite changes. [MT] */
  localWithRsa: count.optional(),
});

/** How often a service of the firewall failed within a day, by the event of the service manager and the code in it. */
const ServiceFailure = z.strictObject({ id: count, status: text.nullable(), count });

/** Why MpsSvc may not run; only when it does not. */
export const FirewallStartup = z.strictObject({
  /** `null`: no such service. */
  startMode: text.nullable(),
  /** The service BFE, on which MpsSvc depends. */
  engine: z.strictObject({ state: text, startMode: text }).nullable(),
  /** The value DebugedLoopbackApps, which MpsSvc reads as it starts, by its .NET type; `null`: absent, as on a clean image. [FWS] */
  loopbackApps: z.union([z.strictObject({ type: text, characters: count }), Unreadable]).nullable(),
  failures: z.array(ServiceFailure).max(4),
});

export const FirewallProfile = z.strictObject({
  name: z.enum(["Domain", "Private", "Public"]),
  active: z.boolean(),
  enabled: z.boolean(),
  defaultInbound: z.enum(["Allow", "Block"]),
  /** "Block all, including allowed apps": rules are ignored (DoNotAllowExceptions). [FW] */
  blockAll: z.boolean(),
  managedBy: z.enum(["local", "policy"]),
  /** Policy does not merge local firewall rules (AllowLocalPolicyMerge 0): they are void. Absent: they apply. [GPFAS] */
  localRules: z.literal(false).optional(),
  /** The same for local connection security rules (AllowLocalIPsecPolicyMerge 0). */
  localIpsec: z.literal(false).optional(),
});

export const FirewallRule = z.strictObject({
  name: text,
  group: z.boolean(),
  enabled: z.boolean(),
  action: z.enum(["Allow", "Block"]),
  profiles: z.array(z.enum(["Domain", "Private", "Public"])).max(3),
  localPorts: z.array(text).max(16),
  /** Whether it applies to any program and service, or to those of TermService. */
  reachesListener: z.boolean(),
  /** `Any`, or the only addresses that it applies to. */
  remoteAddresses: z.array(text).max(8),
  /** How many more addresses it has than there was room for. */
  addressesLeftOut: count.optional(),
  managedBy: z.enum(["local", "policy"]),
});

/** A connection security rule that is on and demands IPsec, in Windows' own spelling. [GPFAS] */
const IpsecRule = z.strictObject({
  id: text,
  managedBy: z.enum(["local", "policy"]),
  /** `null`: not a text, or one that is too long to report. */
  text: text.nullable(),
});

export const FirewallSection = z.strictObject({
  /** State of MpsSvc. */
  service: text,
  profiles: z.array(FirewallProfile).max(3),
  /** Why the profile in use could not be read. The profiles are then all inactive. */
  profileUnread: text.optional(),
  /** Inbound TCP rules of the Remote Desktop group, and every other enabled rule that decides who may reach the listener. */
  rules: z.array(FirewallRule).max(32),
  /** How many rules had no room, by action. Rules that block single addresses are left out first. */
  leftOut: z.strictObject({ allow: count, block: count }).optional(),
  ipsec: z.array(IpsecRule).max(4).optional(),
  startup: FirewallStartup.optional(),
});
export type FirewallSection = z.infer<typeof FirewallSection>;

/** Counts over the last 24 hours, by provider, id and, where the cause depends on it, the Windows status in the event. */
export const EventsSection = z
  .array(
    z.strictObject({
      provider: z.enum([
        "RemoteConnectionManager",
        "Schannel",
        "ServiceControlManager",
        "Netlogon",
        "Tcpip",
        "LsaSrv",
        "ResourceExhaustion",
      ]),
      id: count,
      status: text.nullable(),
      count,
      last: time,
    }),
  )
  .max(32);

export const SessionsSection = z.strictObject({ active: count, disconnected: count });

/** The client that made the handshake: it is the VM itself, and its own settings may limit it. */
export const HandshakeClient = z.strictObject({
  /** The address that it connected to: one that the listener is bound to, or loopback. */
  address: text,
  /** The TLS protocols that it offered, e.g. "TLS 1.2". */
  offered: z.array(text).max(4),
  /** The protocols whose Client key in the registry forbids them (Enabled 0). It does not concern the listener. [TLS] */
  forbidden: z.array(text).max(8),
});

const client = HandshakeClient.optional();

/** `client` is absent where the handshake was made by a script that did not report it. */
export const HandshakeSection = z.discriminatedUnion("result", [
  z.strictObject({
    result: z.literal("completed"),
    /** e.g. "TLS 1.2". */
    protocol: text,
    suite: text,
    thumbprint,
    notAfter: time,
    client,
  }),
  /** The listener chose RDP's own security, so that there was no TLS to check. */
  z.strictObject({ result: z.literal("rdp-security"), client }),
  z.strictObject({ result: z.literal("failed"), stage: z.enum(["connect", "negotiate", "tls"]), error: text, client }),
]);

/** The folder of this product's journals, or what has its name; `null` when there is nothing. */
export const JournalSection = z.strictObject({
  path: text,
  found: FileSecurity.extend({ folder: z.boolean(), reparsePoint: z.boolean() }).nullable(),
});

/** `Unreadable` comes first: a shape whose members all have defaults would take it for a section in which all is absent. */
function section<Shape extends z.ZodType>(shape: Shape) {
  return z.union([Unreadable, shape]);
}

/** A section that stored runs of before lack. */
function laterSection<Shape extends z.ZodType>(shape: Shape) {
  return section(shape).default({ unreadable: "not collected" });
}

export const GuestEvidence = z.strictObject({
  /** By the VM's clock. */
  collectedAt: time,
  /** When the request for this evidence was made, by the service's clock: the guest repeats it. */
  requestedAt: time.optional(),
  system: section(SystemSection),
  services: section(ServicesSection),
  listener: section(ListenerSection),
  registry: section(RegistrySection),
  certificate: section(CertificateSection),
  keys: section(KeysSection),
  agent: section(AgentSection),
  schannel: section(SchannelSection),
  firewall: section(FirewallSection),
  events: section(EventsSection),
  sessions: section(SessionsSection),
  handshake: section(HandshakeSection),
  rights: laterSection(RightsSection),
  licensing: laterSection(LicensingSection),
  domain: laterSection(DomainSection),
  logOns: laterSection(LogOnsSection),
  subsystem: laterSection(SubsystemSection),
  journal: laterSection(JournalSection),
  supportingServices: laterSection(SupportingServicesSection),
  guestNetwork: laterSection(GuestNetworkSection),
  installedProducts: laterSection(InstalledProductsSection),
});
export type GuestEvidence = z.infer<typeof GuestEvidence>;

/** The sections by name. */
export const sectionNames = Object.keys(
  GuestEvidence.omit({ collectedAt: true, requestedAt: true }).shape,
) as SectionName[];
export const SectionName = z.enum(sectionNames);
export type SectionName = Exclude<keyof GuestEvidence, "collectedAt" | "requestedAt">;

/** The schema of a section that could be read. */
export function sectionShape(name: SectionName): z.ZodType {
  const schema: z.ZodType = GuestEvidence.shape[name];
  const union = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  const shape = union instanceof z.ZodUnion ? union.options.at(-1) : undefined;
  if (!(shape instanceof z.ZodType)) throw new Error(`The section ${name} has no shape of its own.`);
  return shape;
}

/**
 * The sections of which a reply had no room for all: `dropped` holds names of sections, and `dependents`, which is a list
 * in the section keys.
 */
export function sectionsOf(dropped: readonly string[]): SectionName[] {
  const names = dropped.map((name) => (name === "dependents" ? "keys" : name));
  return sectionNames.filter((name) => names.includes(name));
}

/** The evidence of a first look, with the sections that a second look was for. */
export function withSections(
  first: GuestEvidence,
  second: GuestEvidence,
  sections: readonly SectionName[],
): GuestEvidence {
  const picked = Object.fromEntries(sections.map((name) => [name, second[name]]));
  return { ...first, ...picked };
}

/**
 * All sections in the order in which the guest drops them when its reply is too long: the first is dropped first. The
 * list `dependents` in the section keys is halved repeatedly until the reply fits: a busy server has many. A second look
 * is for the sections that were dropped, so the first ones are those that few causes need. The last six go by size.
 */
export const dropOrder = [
  "installedProducts",
  "events",
  "dependents",
  "guestNetwork",
  "firewall",
  "sessions",
  "logOns",
  "licensing",
  "subsystem",
  "domain",
  "rights",
  "system",
  "schannel",
  "agent",
  "journal",
  "supportingServices",
  "keys",
  "listener",
  "services",
  "registry",
  "certificate",
  "handshake",
] as const satisfies readonly (SectionName | "dependents")[];
