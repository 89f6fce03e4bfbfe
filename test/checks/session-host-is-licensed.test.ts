import { expect, test } from "vitest";
import { sessionHostIsLicensed } from "../../lib/checks/session-host-is-licensed.ts";
import type { LicensingSection } from "../../lib/core/log-on.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

/** A session host without licences in the middle of its grace period. */
const host: LicensingSection = { mode: 1, multiSession: false, type: 5, servers: 0, days: 60 };

function licensed(
  edit: Partial<LicensingSection>,
  expired = false,
  where: { join: "workgroup" | "domain" | "entra"; build: number } = { join: "domain", build: 20348 },
) {
  return judged(sessionHostIsLicensed, (guest) => {
    guest.licensing = { ...host, ...edit };
    guest.domain.join = where.join;
    guest.system.build = where.build;
    if (!expired) return;
    const last = guest.collectedAt;
    guest.events = [{ provider: "RemoteConnectionManager", id: 1128, status: null, count: 3, last }];
  });
}

test("is not applicable without the role, and with Windows Enterprise multi-session", () => {
  expect(judged(sessionHostIsLicensed).verdict).toBe("not-applicable");
  expect(licensed({ multiSession: true, days: 0 }).verdict).toBe("not-applicable");
});

test("the end of the grace period is a fault without licences, a note soon before, and healthy long before", () => {
  expectFaulty(licensed({ days: 0 }), [], "mstsc /admin");
  expectFaulty(licensed({ days: 0, type: 4 }), [], "names no licence server");
  expectFaulty(licensed({ days: 0, servers: 1 }), [], "has no licensing mode");
  expectNoted(licensed({ days: 30 }), "30 days");
  expectHealthy(licensed({ days: 31 }));
});

test("a mode and a licence server are enough, unless Windows says that it found no licences", () => {
  expectHealthy(licensed({ type: 2, servers: 1, days: 0 }), "per device");
  expectHealthy(licensed({ type: 4, servers: 2, days: null }), "per user");
  expectFaulty(licensed({ type: 4, servers: 1, days: 0 }, true), [], "event 1128");
});

test("per user in a workgroup ends the sessions of Windows Server 2019, and of no other build", () => {
  const perUser = { type: 4, servers: 1, days: 0 };
  expectFaulty(licensed(perUser, false, { join: "workgroup", build: 17763 }), [], "60 minutes");
  for (const build of [14393, 20348, 26100]) {
    expectNoted(licensed(perUser, false, { join: "workgroup", build }), "not supported");
  }
  expectHealthy(licensed(perUser, false, { join: "domain", build: 17763 }));
  expectHealthy(licensed({ ...perUser, type: 2 }, false, { join: "workgroup", build: 17763 }));
  expectFaulty(
    licensed({ ...perUser, servers: 0 }, false, { join: "workgroup", build: 17763 }),
    [],
    "no licence server",
  );
});

test("what Windows does not tell is unknown", () => {
  expectUnknown(licensed({ days: null }), "does not report");
  expectUnknown(judgedWithout(sessionHostIsLicensed, ["licensing"]), "licensing");
});
