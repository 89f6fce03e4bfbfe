import fc from "fast-check";
import { type RegistryData, registryPath, registryValueIds } from "../../lib/core/registry-value.ts";
import { cryptoServices, supportingServiceNames } from "../../lib/core/supporting-services.ts";
import { machineKeysDefault, machineKeysFolder, rdpKeyPrefix, rdpServices } from "../../lib/core/windows.ts";
import { faultNames, withFaults } from "../../sandbox/windows/faults.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import { foreignKey, healthyWindows } from "../../sandbox/windows/healthy.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";

/*
 * Windows as nobody planned it: the healthy one with some of the known faults, and then with edits by people, policies
 * and products that know nothing of each other. Edits are plain data, so that a counterexample can be read.
 */

const schannel = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";
const profileNames = ["Domain", "Private", "Public"] as const;

/** RPC is what TermService depends on: an edit of its own decides about it. */
const otherServices = supportingServiceNames.filter(
  (name) => name !== "RpcSs" && !cryptoServices.some((own) => own === name),
);

const data: fc.Arbitrary<RegistryData | null> = fc.oneof(
  fc.constant(null),
  fc.record({ type: fc.constant("dword" as const), data: fc.constantFrom(0, 1, 2, 3, 4, 0xffffffff) }),
  fc.record({ type: fc.constant("string" as const), data: fc.constantFrom("", "0", "2", "TLS_RSA_WITH_NULL_SHA") }),
  fc.record({ type: fc.constant("binary" as const), data: fc.constantFrom("", "00FF", "A".repeat(40)) }),
);

const security = fc.constantFrom(
  machineKeysDefault,
  rdpKeyAsMade,
  { owner: "S-1-5-18", sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" },
  { owner: "S-1-5-18", sddl: "D:PAI(D;;FR;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)" },
  { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;SY)" },
  { owner: "S-1-5-32-544", sddl: "D:PAI(A;;0x1200a9;;;BA)" },
  { owner: "S-1-5-21-1-2-3-1001", sddl: "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FR;;;WD)" },
  { owner: "S-1-5-18", sddl: "D:PAI(D;;FR;;;NS)(A;;FA;;;SY)(A;;FA;;;BA)" },
  { owner: "S-1-5-18", sddl: "D:NO_ACCESS_CONTROL" },
);

const edit = fc.oneof(
  fc.record({ edit: fc.constant("registry" as const), id: fc.constantFrom(...registryValueIds), data }),
  fc.record({
    edit: fc.constant("protocol" as const),
    protocol: fc.constantFrom("SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"),
    name: fc.constantFrom("Enabled", "DisabledByDefault"),
    data: fc.constantFrom(0, 1),
  }),
  fc.record({ edit: fc.constant("folder" as const), security }),
  fc.record({ edit: fc.constant("rdp-key" as const), security, reparsePoint: fc.boolean() }),
  fc.record({
    edit: fc.constant("foreign-key" as const),
    which: fc.nat(4),
    security,
    reparsePoint: fc.boolean(),
    torn: fc.boolean(),
  }),
  fc.record({
    edit: fc.constant("service" as const),
    name: fc.constantFrom(...rdpServices),
    to: fc.record(
      {
        state: fc.constantFrom("Running", "Stopped"),
        startMode: fc.constantFrom("Auto", "Manual", "Disabled"),
        account: fc.constantFrom("LocalSystem", "NT AUTHORITY\\NetworkService", ".\\operator"),
        type: fc.constantFrom("own", "share"),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    edit: fc.constant("profile" as const),
    name: fc.constantFrom(...profileNames),
    to: fc.record(
      {
        active: fc.boolean(),
        enabled: fc.boolean(),
        defaultInbound: fc.constantFrom("Allow", "Block"),
        blockAll: fc.boolean(),
        managedBy: fc.constantFrom("local", "policy"),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    edit: fc.constant("rule" as const),
    which: fc.nat(2),
    to: fc.record(
      {
        enabled: fc.boolean(),
        action: fc.constantFrom("Allow", "Block"),
        profiles: fc.subarray([...profileNames]),
        localPorts: fc.constantFrom(["3389"], ["Any"], ["3000-4000"], ["443"]),
        reachesListener: fc.boolean(),
        remoteAddresses: fc.constantFrom(["Any"], ["LocalSubnet"]),
        managedBy: fc.constantFrom("local", "policy"),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    edit: fc.constant("certificate" as const),
    to: fc.record(
      {
        selfSigned: fc.boolean(),
        subject: fc.constantFrom("CN=VM-APP-01", "CN=OTHER"),
        notAfter: fc.constantFrom("now-1d", "now+10d"),
        notBefore: fc.constantFrom("now-30d", "now+1d"),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ edit: fc.constant("store" as const), writeDenied: fc.constantFrom(null, "own", "inherited") }),
  fc.record({ edit: fc.constant("foreign-listener" as const), services: fc.subarray(["OtherSvc"]) }),
  fc.record({
    edit: fc.constant("crypto-service" as const),
    name: fc.constantFrom(...cryptoServices),
    to: fc.record({
      state: fc.constantFrom("Running", "Stopped"),
      startMode: fc.constantFrom("Auto", "Manual", "Disabled"),
    }),
  }),
  fc.record({
    edit: fc.constant("library" as const),
    path: fc.constantFrom("%SystemRoot%\\System32\\termsrv.dll", "C:\\Own\\own.dll"),
    exists: fc.boolean(),
  }),
  fc.record({ edit: fc.constant("disk" as const), freeDiskMb: fc.constantFrom(0, 3, 100, 64_000) }),
  fc.record({ edit: fc.constant("dependency" as const), startMode: fc.constantFrom("Auto", "Disabled") }),
  fc.record({
    edit: fc.constant("adapter" as const),
    to: fc.record({
      dhcp: fc.boolean(),
      addresses: fc.constantFrom(["10.0.0.4/24"], ["10.0.9.9/24"], ["169.254.1.1/16"]),
      gateways: fc.constantFrom(["10.0.0.1"], []),
    }),
  }),
  fc.record({ edit: fc.constant("journal" as const), is: fc.constantFrom("ours", "everybody's", "a link", "a file") }),
  fc.record({ edit: fc.constant("sessions" as const), active: fc.nat(3) }),
  fc.record({
    edit: fc.constant("right" as const),
    right: fc.constantFrom("i", "n", "r", "s", "di", "dn", "dr", "ds"),
    holders: fc.subarray(["WD", "AU", "BA", "BU", "RD", "L", "LA", "AS", "+1"]),
  }),
  fc.record({
    edit: fc.constant("licensing" as const),
    to: fc.record({
      mode: fc.nat(1),
      multiSession: fc.boolean(),
      type: fc.constantFrom(null, 2, 4, 5),
      servers: fc.constantFrom(null, 0, 1),
      days: fc.constantFrom(null, 0, 10, 60),
    }),
  }),
  fc.record({
    edit: fc.constant("log-ons" as const),
    to: fc.record({
      failed: fc.constantFrom({}, { "0xC000006A": 40_000 }, { "0xC000006D": 3, "0xC0000133": 2 }),
      recent: fc.constantFrom({}, { "0xC0000133": 2 }),
      public: fc.constantFrom(0, 39_000),
      lockOuts: fc.nat(2),
      locked: fc.nat(2),
      administrator: fc.constantFrom("enabled", "disabled", "locked", null),
    }),
  }),
  fc.record({
    edit: fc.constant("subsystem" as const),
    to: fc.record(
      {
        winlogon: fc.constant([
          { value: "Userinit" as const, data: "C:\\Own\\own.exe", own: true, missing: ["own.exe"] },
        ]),
        setup: fc.record({
          type: fc.constantFrom(1, 2),
          command: fc.constantFrom("", "setup.exe"),
          exists: fc.boolean(),
        }),
        profiles: fc.record({ backup: fc.nat(1), temporary: fc.nat(1), missing: fc.nat(1) }),
        rpcSplit: fc.boolean(),
        appLocker: fc
          .record({ denies: fc.boolean(), allows: fc.constantFrom("everybody", "administrators", "nobody") })
          .map((one) => [{ collection: "Exe" as const, ...one }]),
        restricted: fc.record({ allows: fc.boolean() }),
        scripts: fc.nat(2),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    edit: fc.constant("products" as const),
    to: fc.record({ filters: fc.subarray(["own_filter"]), security: fc.subarray(["CSFalconService", "IPBAN"]) }),
  }),
  fc.record({
    edit: fc.constant("guest-network" as const),
    to: fc.record(
      {
        persistentRoutes: fc.constantFrom([], ["0.0.0.0/0 10.0.0.9"]),
        deadProviders: fc.constantFrom([], ["OwnProvider"]),
        proxies: fc.constantFrom([], ["http://proxy.example.com:8080"]),
        ports: fc.record({ used: fc.constantFrom(40, 16_380), available: fc.constant(16_384) }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    edit: fc.constant("supporting-service" as const),
    name: fc.constantFrom(...otherServices),
    isRunning: fc.boolean(),
    isMissing: fc.boolean(),
  }),
  fc.record({ edit: fc.constant("clock" as const), aheadSeconds: fc.constantFrom(-100_000, -400, 0, 400, 100_000) }),
  fc.record({
    edit: fc.constant("domain" as const),
    join: fc.constantFrom("workgroup", "domain", "entra", "hybrid"),
    channel: fc.constantFrom(null, 0, 5, 1311, 1789),
  }),
);
export type Edit = (typeof edit)["generate"] extends (...args: never[]) => { value: infer Value } ? Value : never;

function disabledService(isRunning: boolean): NonNullable<WindowsState["otherServices"]["RpcSs"]> {
  return {
    state: isRunning ? "Running" : "Stopped",
    startMode: "Disabled",
    account: "NT AUTHORITY\\NetworkService",
    type: "share",
    hung: false,
    stopsInSeconds: 0,
    sharesProcessWith: [],
    exitCode: 0,
    endsAtStartWith: null,
    dependsOn: [],
  };
}

function make(state: WindowsState, one: Edit): void {
  const keys = Object.keys(state.files).filter((path) => path.startsWith(`${machineKeysFolder}\\`));
  switch (one.edit) {
    case "registry":
      if (one.data) state.registry[registryPath(one.id)] = one.data;
      else delete state.registry[registryPath(one.id)];
      return;
    case "protocol":
      state.registry[`${schannel}\\${one.protocol}\\Server\\${one.name}`] = { type: "dword", data: one.data };
      return;
    case "folder":
      Object.assign(state.files[machineKeysFolder] ?? {}, one.security);
      return;
    case "rdp-key": {
      const path = keys.find((name) => name.includes(rdpKeyPrefix));
      if (path) Object.assign(state.files[path] ?? {}, one.security, { reparsePoint: one.reparsePoint });
      return;
    }
    case "foreign-key": {
      const path = keys.filter((name) => !name.includes(rdpKeyPrefix))[one.which];
      const torn = one.torn ? { content: "torn" } : {};
      if (path) Object.assign(state.files[path] ?? {}, one.security, { reparsePoint: one.reparsePoint }, torn);
      return;
    }
    case "service":
      Object.assign(state.services[one.name] ?? {}, one.to);
      // The service manager lets none run without what it depends on.
      if (state.services.TermService?.state !== "Running") {
        Object.assign(state.services.UmRdpService ?? {}, { state: "Stopped" });
      }
      return;
    case "profile":
      Object.assign(state.firewall.profiles.find(({ name }) => name === one.name) ?? {}, one.to);
      return;
    case "rule": {
      const { rules } = state.firewall;
      const own = { ...structuredClone(rules[0]), name: "Own", group: false };
      const rule = rules[one.which];
      if (rule) Object.assign(rule, one.to);
      else if (!rules.some(({ name }) => name === "Own")) rules.push({ ...own, ...one.to } as (typeof rules)[number]);
      return;
    }
    case "certificate":
      for (const certificate of Object.values(state.certificates["Remote Desktop"])) Object.assign(certificate, one.to);
      return;
    case "store":
      state.storeWriteDenied = one.writeDenied;
      return;
    case "foreign-listener":
      state.foreignListeners = [{ port: 3389, process: "intruder.exe", services: one.services }];
      return;
    case "crypto-service":
      Object.assign(state.services[one.name] ?? {}, one.to);
      return;
    case "library":
      state.registry[registryPath("termservice/ServiceDll")] = { type: "expand-string", data: one.path };
      if (one.exists) state.files["C:\\Own\\own.dll"] = { ...foreignKey("own", 1), company: "Own" };
      return;
    case "disk":
      state.system.freeDiskMb = one.freeDiskMb;
      return;
    case "log-ons":
      Object.assign(state.logOn.logOns, one.to);
      return;
    case "subsystem":
      Object.assign(state.logOn.subsystem, one.to);
      return;
    case "products":
      Object.assign(state.products, one.to);
      return;
    case "guest-network":
      Object.assign(state.network, one.to);
      return;
    case "supporting-service":
      state.otherServices[one.name] = one.isMissing ? null : disabledService(one.isRunning);
      return;
    case "clock":
      state.clockAheadSeconds = one.aheadSeconds;
      return;
    case "dependency":
      Object.assign(state.services.TermService ?? {}, { dependsOn: ["RPCSS"] });
      state.otherServices.RpcSs = { ...disabledService(one.startMode !== "Disabled"), startMode: one.startMode };
      return;
    case "adapter":
      for (const adapter of state.network.adapters) Object.assign(adapter, one.to);
      return;
    case "journal": {
      const security =
        one.is === "everybody's"
          ? { owner: "S-1-5-21-1-2-3-1001", sddl: "D:AI(A;OICI;FA;;;WD)" }
          : { owner: "S-1-5-32-544", sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" };
      state.files[journalRoot] = {
        folder: one.is !== "a file",
        content: "",
        ...security,
        reparsePoint: one.is === "a link",
        damagedIndex: false,
      };
      return;
    }
    case "sessions":
      state.sessions.active = one.active;
      return;
    case "right": {
      const { held } = state.logOn.rights;
      if (one.holders.length > 0) held[one.right] = one.holders.join(" ");
      else delete held[one.right];
      return;
    }
    case "licensing":
      state.logOn.licensing = one.to;
      return;
    case "domain":
      state.system.domainJoined = one.join === "domain" || one.join === "hybrid";
      state.logOn.domain = { join: one.join, netlogon: "Running Auto", channel: one.channel, dns: [] };
  }
}

/** What hung cannot be made to hang again, so that its undo is not exact; 400 keys take a while and add nothing. */
const usable = faultNames.filter((name) => name !== "termservice-hung" && name !== "many-keys");

export const anyWindows = fc.record({
  faults: fc.subarray(usable, { maxLength: 5 }),
  edits: fc.array(edit, { maxLength: 6 }),
});
export type AnyWindows = typeof anyWindows extends fc.Arbitrary<infer Value> ? Value : never;

export function stateOf({ faults, edits }: AnyWindows): WindowsState {
  const state = withFaults(healthyWindows(), faults);
  for (const one of edits) make(state, one);
  return state;
}
