import { expect, onTestFinished, test } from "vitest";
import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";

/*
 * Each world's network is read by the real SDKs with the shipped role and judged by a whole diagnosis, for the port
 * that the guest itself names: every source comes to the verdict that the file declares, decided where it says, and
 * Azure's own answers agree.
 */

const declared = worldNames().filter((name) => readWorld(name).expect?.network.length);

test("there are worlds to look at", () => {
  expect(declared.length).toBeGreaterThan(15);
});

test.each(declared)("%s", async (name) => {
  const world = readWorld(name);
  const service = await serveWorld(world, "modelled");
  onTestFinished(() => service.close());
  const expected = world.expect?.network ?? [];
  const sources = [...new Set(expected.map(({ source }) => source))];
  const { before, outcome } = await service.run("diagnose", { sources });
  if (!before) throw new Error(outcome?.summary);
  const agree = !world.expect?.faulty.includes("network-verdicts-agree");
  for (const { source, to, verdict, layer, rule } of expected) {
    const own = before.network.filter(
      (one) => one.source === source && (to === undefined || one.destination.startsWith(`${to}:`)),
    );
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ source, verdict, decidedBy: { layer, rule } });
    const known = own[0]?.crossChecks.filter((crossCheck) => crossCheck.verdict !== "unknown") ?? [];
    if (verdict !== "unknown" && agree) {
      for (const crossCheck of known) expect(crossCheck).toMatchObject({ verdict });
    }
  }
});
