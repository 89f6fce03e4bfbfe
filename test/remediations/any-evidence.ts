import fc from "fast-check";
import type { Evidence } from "../../lib/core/evidence.ts";
import { GuestEvidence, type SectionName } from "../../lib/core/guest-evidence.ts";
import { type RegistryData, registryValueIds } from "../../lib/core/registry-value.ts";
import { machineKeysDefault, rdpServices } from "../../lib/core/windows.ts";
import { fixtureTime, healthyEvidence, rdpKeyAsMade } from "../fixtures/evidence.ts";
import { inUse, type ReadableGuest, rdpKey } from "./evidence-with.ts";

/*
 * Evidence that a VM might give, healthy or not, in every fact that a remediation looks at. Each fact is drawn from
 * its good value, its known bad ones, and some that make no sense.
 */

const registryData: fc.Arbitrary<RegistryData | null> = fc.option(
  fc.oneof(
    fc.record({ type: fc.constant("dword" as const), data: fc.constantFrom(0, 1, 2, 3, 4, 5, 0xffffffff) }),
    fc.record({
      type: fc.constant("string" as const),
      data: fc.constantFrom("", "1", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    }),
  ),
);

/** A policy is rare, as it hides what is local. */
const policyData = fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: registryData });

/** The one policy that a remediation is about. */
const ownPolicy = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: registryData });

function dataOf(id: string): fc.Arbitrary<RegistryData | null> {
  if (id === "policy/fDenyTSConnections") return ownPolicy;
  return id.startsWith("policy/") ? policyData : registryData;
}

const registry = fc.record(Object.fromEntries(registryValueIds.map((id) => [id, dataOf(id)])));

const serviceFacts = fc.record({
  state: fc.constantFrom("Running", "Stopped", "Start Pending", "Stop Pending", "Paused", "Unknown"),
  startMode: fc.constantFrom("Auto", "Manual", "Disabled"),
  account: fc.constantFrom("LocalSystem", "NT AUTHORITY\\NetworkService", ".\\operator"),
  type: fc.constantFrom("own", "share"),
});

const services = fc.record(
  Object.fromEntries(rdpServices.map((name) => [name, fc.option(serviceFacts, { freq: 20 })])),
);

const security = fc.constantFrom(
  machineKeysDefault,
  rdpKeyAsMade,
  { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)" },
  { owner: "S-1-5-18", sddl: "D:AI(D;;FR;;;BG)(A;;FA;;;SY)(A;ID;FR;;;NS)" },
  { owner: "S-1-5-18", sddl: "D:" },
  { owner: "S-1-5-32-544", sddl: "D:PAI(D;;FR;;;NS)(A;;FA;;;SY)(A;;FA;;;BA)" },
);

/** What is not broken is one and the same in all evidence that is drawn; frozen, because nobody may change it. */
const healthy = freeze(healthyEvidence());
const healthyGuest = healthy.guest as ReadableGuest;

function freeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

function certificate(letter: string) {
  const known = inUse(healthyGuest);
  return fc.record({
    thumbprint: fc.constant(letter.repeat(40)),
    store: fc.constantFrom("Remote Desktop", "My"),
    subject: fc.constantFrom("CN=VM-APP-01", "CN=OTHER"),
    selfSigned: fc.boolean(),
    notBefore: fc.constantFrom("2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
    notAfter: fc.constantFrom(fixtureTime, "2027-03-02T00:00:00.000Z"),
    keyAlgorithm: fc.constant("RSA"),
    keySize: fc.constant(2048),
    keyUsages: fc.constant([]),
    key: fc.record({
      present: fc.boolean(),
      provider: fc.constant(null),
      container: fc.constantFrom("TSSecKeySet1", "TSSecKeySet1", "other", null),
      file: fc.constantFrom(null, known.key.file, "0123_other"),
      usable: fc.boolean(),
      error: fc.constant(null),
      code: fc.constantFrom(null, "0x80090003", "0x80090016", "0x80070005"),
    }),
  });
}

const certificates = fc.record({
  origin: fc.constantFrom("invalid", "self-signed", "policy", "custom", null),
  inUse: fc.option(certificate("A")),
  others: fc.tuple(certificate("B"), certificate("C")),
  keyFile: fc.option(
    fc.record({ security, reparsePoint: fc.boolean() }).map(({ security, reparsePoint }) => ({
      path: "C:\\Keys\\chosen",
      reparsePoint,
      ...security,
    })),
  ),
});

const keys = fc.record({
  folder: fc.option(
    fc
      .record({ security, reparsePoint: fc.boolean() })
      .map(({ security, reparsePoint }) => ({ path: "C:\\MachineKeys", reparsePoint, ...security })),
  ),
  rdpKey: fc.option(
    fc.record({ security, reparsePoint: fc.boolean() }).map(({ security, reparsePoint }) => ({
      name: rdpKey(healthyGuest).name,
      bytes: 2267,
      reparsePoint,
      ...security,
    })),
  ),
  others: fc.record({
    count: fc.constant(4),
    unreadable: fc.constantFrom(0, 2),
    digest: fc.constant("0123456789abcdef"),
  }),
  containers: fc.constant([]),
  dependents: fc.constant([]),
});

const profileNames = ["Domain", "Private", "Public"] as const;
const managedBy = fc.constantFrom("local", "policy");

const firewall = fc.record({
  service: fc.constant("Running"),
  profiles: fc.tuple(
    ...profileNames.map((name) =>
      fc.record({
        name: fc.constant(name),
        active: fc.boolean(),
        enabled: fc.boolean(),
        defaultInbound: fc.constantFrom("Allow", "Block"),
        blockAll: fc.boolean(),
        managedBy,
      }),
    ),
  ),
  rules: fc.array(
    fc.record({
      name: fc.constantFrom("RemoteDesktop-UserMode-In-TCP", "Own"),
      group: fc.boolean(),
      enabled: fc.boolean(),
      action: fc.constantFrom("Allow", "Allow", "Block"),
      profiles: fc.subarray([...profileNames]),
      localPorts: fc.constantFrom(["3389"], ["Any"], ["3000-4000"], ["443"]),
      reachesListener: fc.constantFrom(true, true, false),
      remoteAddresses: fc.constantFrom(["Any"], ["Any"], ["10.0.0.0/255.0.0.0", "LocalSubnet"]),
      managedBy,
    }),
    { maxLength: 3 },
  ),
});

const listener = fc.record({
  port: fc.constantFrom(3389, 3390),
  owner: fc.constantFrom(
    null,
    { process: "svchost.exe", services: ["TermService"] },
    { process: "intruder.exe", services: [] },
  ),
  winStations: fc.constant([]),
});

const handshake = fc.constantFrom(
  healthyEvidence().guest?.handshake,
  { result: "rdp-security" },
  { result: "failed", stage: "connect", error: "refused" },
  { result: "failed", stage: "tls", error: "reset" },
);

const schannel = fc.record({
  protocols: fc.constant([]),
  usableWithRsa: fc.constantFrom([], ["TLS_RSA_WITH_AES_128_CBC_SHA"]),
});

const supportingServices = fc.record({
  disabled: fc
    .subarray(["CryptSvc", "KeyIso", "Dhcp"] as const)
    .map((names) => names.map((name) => ({ name, state: "Stopped", account: "LocalSystem", type: "share" }))),
  obstacles: fc.constantFrom(
    [],
    [{ service: "TermService", library: { path: "C:\\Own\\own.dll", exists: false, company: null } }],
    [{ service: "TermService", library: { path: "C:\\Own\\own.dll", exists: true, company: "Own" }, exitCode: 1053 }],
  ),
});

const rights = fc.record({
  held: fc.dictionary(
    fc.constantFrom("i", "n", "r", "s", "di", "dn", "dr", "ds"),
    fc.subarray(["WD", "AU", "BA", "BU", "RD", "L", "LA", "AS", "+2"]).map((codes) => codes.join(" ")),
  ),
  members: fc.constantFrom(0, 3, null),
});

/** Each section as it was, broken somehow, or unreadable. */
function section(broken: fc.Arbitrary<unknown>) {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: broken },
    { weight: 1, arbitrary: fc.constant({ unreadable: "The time was up." }) },
  );
}

/** The sections that differ from the healthy ones, proven to be evidence. */
function parseSections(sections: { [Name in SectionName]?: unknown }): Partial<GuestEvidence> {
  const broken = Object.entries(sections).filter(([, facts]) => facts !== undefined);
  return Object.fromEntries(
    broken.map(([name, facts]) => [name, GuestEvidence.shape[name as SectionName].parse(facts)]),
  );
}

export const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    services: section(services),
    registry: section(registry),
    certificate: section(certificates),
    keys: section(keys),
    firewall: section(firewall),
    listener: section(listener),
    handshake: section(handshake),
    schannel: section(schannel),
    rights: section(rights),
    system: section(fc.constant({ unreadable: "It did not fit." })),
    supportingServices: section(supportingServices),
  })
  .map((sections) => ({ ...healthy, guest: { ...healthyGuest, ...parseSections(sections) } }));
