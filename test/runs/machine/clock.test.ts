import { describe, expect, test } from "vitest";
import type { GuestRequest } from "../../../lib/guest/protocol.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/* A request tells its own time, and what the first look proved about the VM's clock goes with every later one. */

async function requestsOf(aheadSeconds: number): Promise<GuestRequest[]> {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  const requests: GuestRequest[] = [];
  fake.onScript = (script, request) => {
    const guest = script === "collect" ? fake.guest : fake.repaired;
    requests.push(request);
    const collectedAt = new Date(Date.parse(request.madeAt ?? "") + aheadSeconds * 1000).toISOString();
    return { evidence: { ...guest, requestedAt: request.madeAt ?? undefined, collectedAt } };
  };
  await drive(newRun("repair"), fake);
  return requests;
}

describe("the clock of the VM", () => {
  test("a request says when it was made, fifteen minutes before it is no longer good", async () => {
    for (const { madeAt, notAfter } of await requestsOf(0)) {
      expect(Date.parse(notAfter) - Date.parse(madeAt ?? "")).toBe(15 * 60_000);
    }
  });

  test("that may be right changes nothing about a request", async () => {
    expect((await requestsOf(0)).map(({ clockAheadSeconds }) => clockAheadSeconds)).toEqual([0, 0]);
  });

  test("that is a day behind is told to the script that changes something, and not to the look", async () => {
    const [look, apply] = await requestsOf(-86_400);
    expect(look?.clockAheadSeconds).toBe(0);
    expect(apply?.clockAheadSeconds).toBe(-86_400);
  });

  test("that is an hour ahead is told as far as it is certain", async () => {
    const [, apply] = await requestsOf(3600);
    expect(apply?.clockAheadSeconds).toBeGreaterThan(3000);
    expect(apply?.clockAheadSeconds).toBeLessThanOrEqual(3600);
  });

  test("of the service, when it was set back during the look, leads to another look", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const inVm = (at: string | null, seconds: number) => new Date(Date.parse(at ?? "") + seconds * 1000).toISOString();
    const scripts: string[] = [];
    fake.onScript = (script, { madeAt }) => {
      scripts.push(script);
      const guest = script === "collect" ? fake.guest : fake.repaired;
      // By the clock as it is now, the first look was requested two hours from now.
      const hours = scripts.length === 1 ? 2 : 0;
      return {
        evidence: { ...guest, requestedAt: inVm(madeAt, hours * 3600), collectedAt: inVm(madeAt, hours * 3600 + 1) },
      };
    };
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(scripts).toEqual(["collect", "collect", "apply"]);
  });
});
