import { expect, test } from "vitest";
import { sessionHostIsLicensed } from "../../lib/checks/session-host-is-licensed.ts";
import type { LicensingSection } from "../../lib/core/log-on.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

/** A session host without licences in the middle of its grace period. */
const host: LicensingSection = { mode: 1, multiSession: false, type: 5, servers: 0, days: 60 };

function licensed(edit: Partial<LicensingSection>, expired = false) {
  return judged(sessionHostIsLicensed, (guest) => {
    guest.licensing = { ...host, ...edit };
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

test("what Windows does not tell is unknown", () => {
  expectUnknown(licensed({ days: null }), "does not report");
  expectUnknown(judgedWithout(sessionHostIsLicensed, ["licensing"]), "licensing");
});
