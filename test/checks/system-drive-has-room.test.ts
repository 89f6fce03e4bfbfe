import { expect, test } from "vitest";
import { systemDriveHasRoom } from "../../lib/checks/system-drive-has-room.ts";
import { isRefusal } from "../../lib/core/remediation.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { evidenceWith, inUse, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const check = systemDriveHasRoom;

function free(megabytes: number, more: (guest: ReadableGuest) => void = () => {}) {
  return (guest: ReadableGuest) => {
    guest.system.freeDiskMb = megabytes;
    more(guest);
  };
}
const expired = (guest: ReadableGuest) => {
  inUse(guest).notAfter = fixtureTime;
  if ("notAfter" in guest.handshake) guest.handshake.notAfter = fixtureTime;
};

test("room is healthy, little is noted, and what could not be read is unknown", () => {
  expectHealthy(judged(check), "64000 MB");
  expectNoted(judged(check, free(100)), "only 100 MB");
  expectUnknown(judgedWithout(check, ["system"]), "system");
});

test("no room is noted while all works, and a fault beside a renewal that failed", () => {
  expectNoted(judged(check, free(0)), "next renewal");
  expectFaulty(judged(check, free(3, expired)), [], "3 MB free");
  const logged = free(0, (guest) => {
    guest.events = [
      { provider: "RemoteConnectionManager", id: 1058, status: "112", count: 2, last: "2026-11-21T07:00:00.000Z" },
    ];
  });
  expectFaulty(judged(check, logged), [], "event 1058");
});

test("nothing is removed that Windows would have no room to make again", () => {
  for (const megabytes of [0, 3]) {
    const evidence = evidenceWith(free(megabytes, expired));
    for (const { id, plan } of remediations) {
      const planned = plan(evidence, { force: true, weakenMinutes: 60 });
      const kinds = isRefusal(planned) ? [] : planned.map(({ kind }) => kind);
      expect(kinds, id).not.toContain("remove-rdp-certificate");
      expect(kinds, id).not.toContain("rename-rdp-key");
      expect(kinds, id).not.toContain("rename-machine-keys-folder");
      if (megabytes === 0) expect(kinds, id).toEqual([]);
    }
  }
});
