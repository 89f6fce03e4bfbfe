import { z } from "zod";
import {
  CertificateFacts,
  EventsSection,
  FirewallRule,
  FirewallSection,
  FirewallStartup,
  ServiceFacts,
  SessionsSection,
  SystemSection,
} from "../../lib/core/guest-evidence.ts";
import { AdapterFacts, ForeignAdapter } from "../../lib/core/guest-network.ts";
import { InstalledProductsSection } from "../../lib/core/installed-products.ts";
import {
  DomainSection,
  LicensingSection,
  LogOnsSection,
  RightsSection,
  SubsystemSection,
} from "../../lib/core/log-on.ts";
import { RegistryData } from "../../lib/core/registry-value.ts";
import { supportingServiceNames } from "../../lib/core/supporting-services.ts";
import { copyOf } from "./copy.ts";

/*
 * A simulated Windows as plain JSON: what a world file may describe, what the simulator works on, and what tests
 * compare. Names are spelled as on the VM and are case-sensitive.
 */

/** RFC 3339 in UTC, or relative to the time when the state is loaded: `now`, `now-30d`, `now+12h`, `now-5m`. */
const Time = z.string().regex(/^now([+-]\d{1,5}[dhm])?$|^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

const ServiceState = ServiceFacts.extend({
  /** Hangs: stays in its pending state, or enters one when it must start or stop, until its process ends. */
  hung: z.boolean().default(false),
  /** How long it still needs to stop, in seconds, as on a host with many sessions. It reports progress meanwhile. */
  stopsInSeconds: z.number().int().nonnegative().default(0),
  /** Other services in the same process. */
  sharesProcessWith: z.array(z.string()).default([]),
  /** Why the last start failed; 0: it did not. */
  exitCode: z.number().int().default(0),
  /** The code with which it ends whenever it is started; `null`: it starts. */
  endsAtStartWith: z.number().int().positive().nullable().default(null),
  /** ImagePath where it is not that of Windows. */
  image: z.string().optional(),
  dependsOn: z.array(z.string()).default([]),
});
export type ServiceState = z.infer<typeof ServiceState>;

const agentService = {
  state: "Running",
  startMode: "Auto",
  account: "LocalSystem",
  type: "own",
  hung: false,
  stopsInSeconds: 0,
  sharesProcessWith: [],
  exitCode: 0,
  endsAtStartWith: null,
  dependsOn: [],
} satisfies z.infer<typeof ServiceState>;

const CertificateState = CertificateFacts.omit({ thumbprint: true, store: true, key: true }).extend({
  notBefore: Time,
  notAfter: Time,
  /**
   * The place of its key. `file` is a name in MachineKeys, or in Crypto\Keys for the provider of CNG; `null` is a key
   * in no file, which always works.
   */
  key: z.strictObject({ provider: z.string(), container: z.string(), file: z.string().nullable() }).nullable(),
  /** Services that are known to use it. */
  usedBy: z.array(z.string()).default([]),
});
export type CertificateState = z.infer<typeof CertificateState>;

/** By thumbprint, 40 upper-case hex digits. */
const CertificateStore = z.record(z.string().regex(/^[0-9A-F]{40}$/), CertificateState);

const FileState = z.strictObject({
  folder: z.boolean().default(false),
  /** For a key file `keyOf(...)`, or anything else for a corrupt one. */
  content: z.string().default(""),
  /** The size in bytes when `content` is only a name for the real content. */
  bytes: z.number().int().nonnegative().optional(),
  /** SID. */
  owner: z.string(),
  /** The access part (DACL) only. */
  sddl: z.string().max(2048),
  reparsePoint: z.boolean().default(false),
  /**
   * For a folder: its index on the disk is damaged. Its files open by name, but none can be added, renamed or removed.
   */
  damagedIndex: z.boolean().default(false),
  /** The company in the version of a program or library. */
  company: z.string().optional(),
  /** When something in it was last created or deleted; kept only for the journal's folders. */
  writtenAt: Time.optional(),
});
export type FileState = z.infer<typeof FileState>;

/** A task that restores a value: the only kind of scheduled task that this Windows has. */
const RestoreTaskState = z.strictObject({
  value: z.enum(["UserAuthentication", "SecurityLayer"]),
  /** The value is restored only when it is still this. */
  weakened: z.number().int(),
  /** `null`: the value was absent. */
  former: z.number().int().nullable(),
  until: Time,
});

/**
 * The firewall as it is, before what a look at it leaves out. Whether policy merges local rules, and the connection
 * security rules, are in `registry`, where Windows has them.
 */
const FirewallState = FirewallSection.omit({ leftOut: true, ipsec: true, startup: true }).extend({
  /** Why MpsSvc does not run; only where `service` is not Running. `loopbackApps` may be left out: it is absent. */
  startup: FirewallStartup.extend({ loopbackApps: FirewallStartup.shape.loopbackApps.default(null) }).optional(),
  rules: z.array(
    FirewallRule.omit({ addressesLeftOut: true }).extend({ remoteAddresses: z.array(z.string().max(512)) }),
  ),
});

/** What decides on a log-on after TLS; by default as a member server of Windows Server 2022 has it. [URA] */
const LogOnState = z.strictObject({
  rights: RightsSection.prefault({ held: { i: "BA BU", n: "WD BA BU", r: "BA RD", s: "AS" }, members: 0 }),
  licensing: LicensingSection.prefault({ mode: 0 }),
  /** A VM whose system section says that it is a member of a domain is one here. */
  domain: DomainSection.prefault({ join: "workgroup" }),
  logOns: LogOnsSection.prefault({ failed: {}, administrator: "enabled" }),
  subsystem: SubsystemSection.prefault({}),
});

export const WindowsState = z.strictObject({
  system: SystemSection.extend({ bootTime: Time }),
  /** By `HKLM\key\name`. */
  registry: z.record(z.string().regex(/^HKLM\\/), RegistryData),
  /** Keys that exist although they have no values and no keys in them: `HKLM\key`. */
  registryKeys: z.array(z.string().regex(/^HKLM\\/)).default([]),
  services: z.strictObject({
    SessionEnv: ServiceState.nullable(),
    TermService: ServiceState.nullable(),
    UmRdpService: ServiceState.nullable(),
    WindowsAzureGuestAgent: ServiceState.nullable().default(agentService),
    RdAgent: ServiceState.nullable().default(agentService),
    CryptSvc: ServiceState.nullable().default({
      ...agentService,
      account: "NT AUTHORITY\\NetworkService",
      type: "share",
    }),
    KeyIso: ServiceState.nullable().default({ ...agentService, startMode: "Manual", type: "share" }),
  }),
  /** Other supporting services, where they differ from a healthy Windows; `null`: missing. */
  otherServices: z.partialRecord(z.enum(supportingServiceNames), ServiceState.nullable()).default({}),
  network: z
    .strictObject({
      adapters: z
        .array(AdapterFacts)
        .default([
          { name: "Ethernet", state: "up", dhcp: true, addresses: ["10.0.0.4/24"], gateways: ["10.0.0.1"], ownDns: [] },
        ]),
      /** Addresses of adapters that are no NIC of Azure, e.g. a loopback adapter. */
      otherAddresses: z.array(z.string()).default([]),
      /** Of VPNs, containers and virtual switches. Those of containers have no default route. */
      foreignAdapters: z.array(ForeignAdapter.extend({ gateways: z.array(z.string()).default([]) })).default([]),
      persistentRoutes: z.array(z.string()).default([]),
      deadProviders: z.array(z.string()).default([]),
      proxies: z.array(z.string()).default([]),
      /** TCP ports in use, of those for outgoing connections. */
      ports: z
        .strictObject({ used: z.number().int(), available: z.number().int() })
        .default({ used: 40, available: 16384 }),
    })
    .prefault({}),
  products: InstalledProductsSection.extend({
    /** One of them resets connections before the listener answers. */
    resets: z.boolean().default(false),
  }).prefault({}),
  /** Of LocalMachine. */
  certificates: z.strictObject({
    "Remote Desktop": CertificateStore,
    My: CertificateStore,
    WebHosting: CertificateStore.default({}),
  }),
  /**
   * An entry of the registry key of the store "Remote Desktop" denies SYSTEM to write: its own, or one of a key above. [CRT]
   */
  storeWriteDenied: z.enum(["own", "inherited"]).nullable().default(null),
  /** By full path; every parent folder of a file that matters is included. */
  files: z.record(z.string().regex(/^C:\\/), FileState),
  firewall: FirewallState,
  schannel: z.strictObject({
    /** The suites that this Windows has, in its default order. */
    suites: z.array(z.string()),
    readsCipherPolicyAt: z.enum(["service-start", "boot"]),
    /** The list that was read last; `null`: there was none, and the default order applies. */
    policyInEffect: z.array(z.string()).nullable(),
  }),
  events: z.array(EventsSection.element.extend({ last: Time })),
  sessions: SessionsSection,
  logOn: LogOnState.prefault({}),
  /** Programs that hold a port since before Remote Desktop started. */
  foreignListeners: z.array(
    z.strictObject({ port: z.number().int(), process: z.string(), services: z.array(z.string()) }),
  ),
  /** The addresses of the network adapters to which LanAdapter can bind the listener, by its index. */
  lanAdapters: z.record(z.string().regex(/^[1-9]\d*$/), z.string()).default({}),
  /**
   * The certificate that TermService presents since its last start, when the one in use was changed after that; `null`:
   * the one in use.
   */
  presentedSinceStart: z
    .strictObject({ thumbprint: z.string().regex(/^[0-9A-F]{40}$/), notAfter: Time })
    .nullable()
    .default(null),
  /** The port on which TermService listens since its last start, when PortNumber was changed after that; `null`: that one. */
  listensSinceStart: z.number().int().min(1).max(65535).nullable().default(null),
  /** By how many seconds the clock of this Windows is ahead of the true time; behind when negative. */
  clockAheadSeconds: z.number().int().default(0),
  /** How long after a restart of the VM the services of Remote Desktop are started, in seconds. */
  startsServicesAfterSeconds: z.number().int().nonnegative().default(0),
  /** The VM was restarted, and they have not been started yet. */
  servicesDue: z.boolean().default(false),
  /** They run at their times, or at the next start when the VM was off then. */
  restoreTasks: z.array(RestoreTaskState).default([]),
  /** How many certificates Windows has made here so far: the next thumbprint depends on this number, not on chance. */
  certificatesMade: z.number().int().nonnegative().default(0),
});
export type WindowsState = z.infer<typeof WindowsState>;

const milliseconds = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const;

function resolveTime(time: string, now: Date): string {
  const relative = /^now(?:([+-]\d+)([dhm]))?$/.exec(time);
  if (!relative) return new Date(time).toISOString();
  const unit = (relative[2] ?? "m") as keyof typeof milliseconds;
  return new Date(now.getTime() + Number(relative[1] ?? 0) * milliseconds[unit]).toISOString();
}

/** A copy in which every time is absolute. */
export function resolveTimes(state: WindowsState, now: Date): WindowsState {
  const copy = copyOf(state);
  copy.system.bootTime = resolveTime(copy.system.bootTime, now);
  for (const event of copy.events) event.last = resolveTime(event.last, now);
  for (const task of copy.restoreTasks) task.until = resolveTime(task.until, now);
  if (copy.presentedSinceStart) {
    copy.presentedSinceStart.notAfter = resolveTime(copy.presentedSinceStart.notAfter, now);
  }
  for (const store of Object.values(copy.certificates)) {
    for (const certificate of Object.values(store)) {
      certificate.notBefore = resolveTime(certificate.notBefore, now);
      certificate.notAfter = resolveTime(certificate.notAfter, now);
    }
  }
  return copy;
}
