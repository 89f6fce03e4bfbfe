import { describe, expect, test } from "vitest";
import { longestBecause } from "../../lib/checks/_section.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import type { GuestEvidence, SectionName } from "../../lib/core/guest-evidence.ts";
import { sectionNames } from "../../lib/core/guest-evidence.ts";
import { findLockouts } from "../../lib/scan/find-lockouts.ts";
import { fixtureTime, healthyEvidence } from "../fixtures/evidence.ts";
import { evidenceWith, type ReadableGuest } from "../remediations/evidence-with.ts";

const inDays = (days: number) => new Date(Date.parse(fixtureTime) + days * 86_400_000).toISOString();

function lockouts(edit: (guest: ReadableGuest) => void, days?: number) {
  return findLockouts(evidenceWith(edit), days);
}

/** The certificate ends in so many days. */
function ending(guest: ReadableGuest, days: number): void {
  if (guest.certificate.inUse) guest.certificate.inUse.notAfter = inDays(days);
}

test("a healthy VM has nothing ahead of it, and neither has a VM of which nothing was read", () => {
  expect(findLockouts(healthyEvidence())).toEqual([]);
  expect(findLockouts({ ...healthyEvidence(), guest: null })).toEqual([]);
  const { guest } = healthyEvidence();
  const unread = Object.fromEntries(
    sectionNames.map((name: SectionName) => [name, { unreadable: "The time was up." }]),
  );
  const nothing: Evidence = {
    ...healthyEvidence(),
    azure: { ...healthyEvidence().azure, network: { unreadable: "403" } },
    guest: { ...(guest as GuestEvidence), ...unread },
  };
  expect(findLockouts(nothing)).toEqual([]);
});

describe("the certificate that Windows made", () => {
  test("ends without harm where Windows can make the next one", () => {
    expect(lockouts((guest) => ending(guest, 5))).toEqual([]);
  });

  const obstacles: [string, string, (guest: ReadableGuest) => void][] = [
    [
      "the service SessionEnv",
      "sc.exe config SessionEnv start= demand",
      (guest) => {
        guest.services.SessionEnv = { state: "Stopped", startMode: "Disabled", account: "LocalSystem", type: "share" };
      },
    ],
    [
      "SYSTEM is denied",
      "Remove that deny entry",
      (guest) => {
        guest.certificate.writeDenied = [
          { key: "SOFTWARE\\Microsoft\\SystemCertificates\\Remote Desktop", inherited: false },
        ];
      },
    ],
    [
      "KeyIso is disabled",
      "enable-crypto-services",
      (guest) => {
        guest.supportingServices.disabled = [
          { name: "KeyIso", state: "Stopped", account: "LocalSystem", type: "share" },
        ];
      },
    ],
    [
      "SessionEnv may not write the key",
      "repair-key-permissions",
      (guest) => {
        if (guest.keys.rdpKey) guest.keys.rdpKey.sddl = "D:PAI(A;;FR;;;SY)(A;;FR;;;NS)";
      },
    ],
    [
      "SessionEnv may make no file",
      "repair-key-permissions",
      (guest) => {
        guest.keys.rdpKey = null;
        if (guest.keys.folder) guest.keys.folder.sddl = "D:PAI(A;;FR;;;SY)(A;;FR;;;NS)";
      },
    ],
    [
      "less than 16 MB free",
      "Free space",
      (guest) => {
        guest.system.freeDiskMb = 3;
      },
    ],
    [
      "event 1057",
      "Diagnose the VM",
      (guest) => {
        guest.events = [{ provider: "RemoteConnectionManager", id: 1057, status: null, count: 2, last: fixtureTime }];
      },
    ],
  ];
  test.each(obstacles)("ends with a lock-out where %s", (word, cure, edit) => {
    const both = (days: number) => (guest: ReadableGuest) => {
      ending(guest, days);
      edit(guest);
    };
    expect(lockouts(both(5))).toMatchObject([
      {
        kind: "certificate-ends",
        when: { on: "date", at: inDays(5) },
        because: expect.stringContaining(word),
        cure: expect.stringContaining(cure),
      },
    ]);
    expect(lockouts(both(31))).toEqual([]);
    expect(lockouts(both(31), 60)).toHaveLength(1);
    // One that is over already is a finding of today.
    expect(lockouts(both(-1))).toEqual([]);
  });
});

describe("a certificate that somebody chose", () => {
  const chosen = (edit: (guest: ReadableGuest) => void) =>
    lockouts((guest) => {
      ending(guest, 10);
      guest.certificate.origin = "custom";
      edit(guest);
    });

  test("ends with a lock-out; a certificate that names the computer is named as its successor", () => {
    expect(chosen(() => {})).toMatchObject([
      { kind: "chosen-certificate-ends", cure: expect.stringContaining("have one issued") },
    ]);
    const successor = {
      thumbprint: "B".repeat(40),
      subject: "CN=vm-app-01.corp.example",
      container: "x",
      provider: "y",
      file: "z",
      usable: true,
      usedBy: [],
    };
    const [named] = chosen((guest) => {
      guest.keys.dependents = [successor];
    });
    expect(named?.cure).toContain(`Bind ${successor.thumbprint}`);
    const [other] = chosen((guest) => {
      guest.keys.dependents = [{ ...successor, subject: "CN=www.example" }];
    });
    expect(other?.cure).toContain("have one issued");
  });

  test("of a policy is the authority's to renew", () => {
    const [found] = chosen((guest) => {
      guest.certificate.origin = "policy";
    });
    expect(found?.cure).toContain("gpupdate /force");
  });
});

describe("the next restart of Windows", () => {
  const cases: [string, string, (guest: ReadableGuest) => void][] = [
    [
      "TermService runs and is disabled",
      "sc.exe config TermService start= demand",
      (guest) => {
        if (guest.services.TermService) guest.services.TermService.startMode = "Disabled";
      },
    ],
    [
      "is gone",
      "restore-termservice-library",
      (guest) => {
        const library = { path: "C:\\Program Files\\RDP Wrapper\\rdpwrap.dll", exists: false, company: null };
        guest.supportingServices.obstacles = [{ service: "TermService", library }];
      },
    ],
    [
      "depends on TermDD, which is missing",
      "DependOnService",
      (guest) => {
        guest.supportingServices.obstacles = [
          { service: "TermService", blockedBy: [{ name: "TermDD", problem: "missing" }] },
        ];
      },
    ],
    [
      "RpcSs runs and is disabled",
      "/v Start /t REG_DWORD /d 2",
      (guest) => {
        guest.supportingServices.disabled = [
          { name: "RpcSs", state: "Running", account: "NT AUTHORITY\\NetworkService", type: "share" },
        ];
      },
    ],
    [
      "Dhcp runs and is disabled",
      "Services\\Dhcp",
      (guest) => {
        guest.supportingServices.disabled = [
          { name: "Dhcp", state: "Running", account: "NT AUTHORITY\\LocalService", type: "share" },
        ];
      },
    ],
    [
      "Windows reads the list as it starts",
      "reset-cipher-policy",
      (guest) => {
        guest.registry["cipher-policy/Functions"] = { type: "string", data: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" };
      },
    ],
    [
      "longer than the 1023",
      "reset-cipher-policy",
      (guest) => {
        const data = Array.from({ length: 40 }, () => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384").join(",");
        guest.registry["cipher-policy/Functions"] = { type: "string", data };
      },
    ],
    [
      "TermService listens on port 3389, and PortNumber is 33890",
      "Let TCP 33890 in",
      (guest) => {
        guest.listener.winStations = [{ name: "RDP-Tcp", port: 33890, wdName: "Microsoft RDP 8.0" }];
      },
    ],
    [
      "TLS 1.2 is off for servers",
      "enable-tls12",
      (guest) => {
        guest.system.build = 17763;
        guest.registry["tls12-server/Enabled"] = { type: "dword", data: 0 };
      },
    ],
  ];
  test.each(cases)("stops Remote Desktop: %s", (word, cure, edit) => {
    expect(lockouts(edit)).toMatchObject([
      {
        kind: "restart-stops-rdp",
        when: { on: "restart" },
        because: expect.stringContaining(word),
        cure: expect.stringContaining(cure),
      },
    ]);
  });

  test("harms nothing where the service is down today, DHCP is not used, or TLS 1.3 is there", () => {
    expect(
      lockouts((guest) => {
        guest.supportingServices.disabled = [
          { name: "Dhcp", state: "Running", account: "NT AUTHORITY\\LocalService", type: "share" },
          { name: "CertPropSvc", state: "Running", account: "LocalSystem", type: "share" },
        ];
        guest.guestNetwork.inOrder = 0;
        guest.registry["tls12-server/Enabled"] = { type: "dword", data: 0 };
        guest.services.TermService = { state: "Stopped", startMode: "Disabled", account: "x", type: "share" };
      }),
    ).toEqual([]);
  });
});

test("a grace period ends on its day, and not where licences are configured", () => {
  const host = { mode: 1, multiSession: false, type: 5, servers: 0, days: 20 };
  const licensed = (edit: Partial<typeof host>) =>
    lockouts((guest) => {
      guest.licensing = { ...host, ...edit };
    });
  expect(licensed({})).toMatchObject([{ kind: "licence-grace-ends", when: { on: "date", at: inDays(20) } }]);
  for (const edit of [{ days: 31 }, { days: 0 }, { type: 4, servers: 1 }, { multiSession: true }, { mode: 0 }]) {
    expect(licensed(edit)).toEqual([]);
  }
});

test("an agent that is not supported any more is told; an odd version is not judged", () => {
  const aged = (version: string) => {
    const evidence = healthyEvidence();
    evidence.azure.vm.agent = { status: "Ready", version };
    return findLockouts(evidence).map(({ kind }) => kind);
  };
  expect(aged("2.7.41491.1009")).toEqual(["agent-too-old"]);
  expect(aged("2.6.99999.9999")).toEqual(["agent-too-old"]);
  for (const version of ["2.7.41491.1010", "2.7.41491.1102", "3.0.0.0", "Unknown", ""])
    expect(aged(version)).toEqual([]);
});

test("lock-outs come by their time, and each sentence fits where findings are shown", () => {
  const found = lockouts((guest) => {
    ending(guest, 10);
    guest.system.freeDiskMb = 1;
    guest.licensing = { mode: 1, multiSession: false, type: 5, servers: 0, days: 5 };
    if (guest.services.TermService) guest.services.TermService.startMode = "Disabled";
    guest.supportingServices.obstacles = [
      { service: "TermService", library: { path: "C:\\".padEnd(500, "x"), exists: false, company: null } },
    ];
  });
  expect(found.map(({ kind }) => kind)).toEqual([
    "licence-grace-ends",
    "certificate-ends",
    "restart-stops-rdp",
    "restart-stops-rdp",
  ]);
  for (const { because, cure } of found) {
    expect(because.length).toBeLessThanOrEqual(longestBecause);
    expect(cure.length).toBeLessThanOrEqual(longestBecause);
  }
});
