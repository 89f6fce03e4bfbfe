import { describe, expect, test } from "vitest";
import { clockIsRight } from "../../lib/checks/clock-is-right.ts";
import { certainOffset, clockOffset, describeOffset } from "../../lib/core/clock.ts";
import { evidenceWith, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown } from "./judged.ts";

/** A look that was asked for at 08:00:00 and read at 08:01:35, by our clock; the VM's clock said something else. */
function looked(inVm: string, edit: (guest: ReadableGuest) => void = () => {}) {
  const evidence = evidenceWith((guest) => {
    Object.assign(guest, { requestedAt: "2026-11-21T08:00:00.000Z", collectedAt: inVm });
    edit(guest);
  });
  return { ...evidence, at: "2026-11-21T08:01:35.000Z" };
}

describe("the offset", () => {
  test.each([
    ["within the time of the script", "2026-11-21T08:00:50.000Z", 0],
    ["a minute late, which a slow agent explains", "2026-11-21T07:59:59.000Z", -1],
    ["25 minutes ahead", "2026-11-21T08:26:00.000Z", 1465],
    ["a day behind", "2026-11-20T08:01:00.000Z", -86_340],
  ])("%s", (_, inVm, certain) => {
    expect(certainOffset(looked(inVm))).toBe(certain);
  });

  test("is not known without the time of the request, or when our own clock was set back meanwhile", () => {
    expect(
      clockOffset(looked("2026-11-21T08:00:50.000Z", (guest) => Object.assign(guest, { requestedAt: undefined }))),
    ).toBeNull();
    expect(clockOffset({ ...looked("2026-11-21T08:00:50.000Z"), at: "2026-11-21T07:00:00.000Z" })).toBeNull();
  });

  test("reads well", () => {
    expect([1500, -7200, 200_000, -45].map(describeOffset)).toEqual([
      "25 minutes ahead",
      "2 hours behind",
      "2 days ahead",
      "45 seconds behind",
    ]);
  });
});

describe("the check", () => {
  test("a difference that the time of the script explains, or that Kerberos tolerates, is right", () => {
    expectHealthy(clockIsRight.run(looked("2026-11-21T08:00:50.000Z")));
    expectHealthy(clockIsRight.run(looked("2026-11-21T08:06:30.000Z")));
    expectHealthy(clockIsRight.run(looked("2026-11-21T07:55:10.000Z")));
  });

  test("a wrong clock is told with its cure", () => {
    const ahead = clockIsRight.run(looked("2026-11-21T08:26:40.000Z"));
    expectNoted(ahead, "at least 25 minutes ahead");
    expect(ahead.because).toContain("w32tm /resync /rediscover");
    const behind = looked("2026-11-19T08:00:00.000Z", (guest) => Object.assign(guest.system, { domainJoined: true }));
    expectNoted(clockIsRight.run(behind), "2 days behind. Kerberos refuses");
  });

  test("it is a fault where it hides that the certificate is over", () => {
    const evidence = looked("2026-05-01T08:00:00.000Z", (guest) => {
      Object.assign(guest.handshake, { notAfter: "2026-06-01T00:00:00.000Z" });
    });
    expectFaulty(clockIsRight.run(evidence), [], "does not notice that its certificate has expired");
  });

  test("without the time of the request nothing is known", () => {
    const evidence = looked("2026-11-21T08:00:50.000Z", (guest) => Object.assign(guest, { requestedAt: undefined }));
    expectUnknown(clockIsRight.run(evidence), "could not be compared");
  });
});
