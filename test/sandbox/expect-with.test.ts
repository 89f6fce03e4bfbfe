import { expect, onTestFinished, test } from "vitest";
import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";

/*
 * Worlds that tell what becomes of a repair with other options than the default ones.
 */

const worlds = worldNames().map(readWorld);
const withOptions = worlds.flatMap(({ name, expectWith }) => (expectWith ? [[name, expectWith] as const] : []));

async function repair(name: string, options: object) {
  const service = await serveWorld(readWorld(name), "modelled");
  onTestFinished(() => service.close());
  return { run: await service.run("repair", options), sandbox: service.sandbox };
}

test.each(withOptions)("%s with the options that it names", async (name, { options, outcome }) => {
  const { run } = await repair(name, options);
  expect(run.outcome?.kind).toBe(outcome);
});

test("a repair with a restart, of a VM with all a network can have, needs all of the role but what alerts need", async () => {
  const { run, sandbox } = await repair("cipher-policy-needs-restart", { maximumRisk: "reboots" });
  expect(run.outcome?.kind).toBe("repaired");
  expect(sandbox.unusedActions().filter((action) => !action.startsWith("Microsoft.AlertsManagement/"))).toEqual([]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});
