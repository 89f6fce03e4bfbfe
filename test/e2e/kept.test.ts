import { afterEach, expect, test } from "vitest";
import type { Change } from "../../lib/core/change.ts";
import { registryPath } from "../../lib/core/registry-value.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { readWorld, type SandboxService, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";

/*
 * A repair keeps what was not broken: the state of Windows before and after it, compared as data, differs in what the
 * receipts name and in nothing else.
 */

let service: SandboxService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

/** The paths at which two states differ, with `/` between their parts; a path ends where one of them has no object. */
function differences(one: unknown, other: unknown, path = ""): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  if (!isObject(one) || !isObject(other)) return [path];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.flatMap((name) => differences(one[name], other[name], path === "" ? name : `${path}/${name}`));
}

const rdpKey = `files/${machineKeysFolder}\\${rdpKeyPrefix}`;
const pointer = `registry/${registryPath("winstations/SelfSignedCertificate")}`;
/** What Windows makes by itself when its services start. */
const renewed = ["certificates/Remote Desktop/", pointer, rdpKey];

/** What a change may lead to, as the beginnings of paths. */
function touchedBy(change: Change): string[] {
  switch (change.kind) {
    case "set-registry-value":
    case "remove-registry-value":
    case "weaken-registry-value":
      return [`registry/${registryPath(change.value)}`, "registryKeys"];
    case "grant-key-access":
      return change.target === "certificate-key" ? ["files/"] : [`files/${machineKeysFolder}`];
    case "rename-rdp-key":
    case "remove-rdp-certificate":
      return renewed;
    case "rename-machine-keys-folder":
      return [...renewed, `files/${machineKeysFolder}`];
    case "restart-rdp-services":
      return [...renewed, "services/SessionEnv", "services/TermService", "services/UmRdpService"];
    case "configure-service":
      return [`services/${change.service}`];
    case "set-log-on-right":
      return ["logOn/rights/held"];
    case "enable-firewall-group":
      return ["firewall/rules"];
    case "set-firewall-inbound":
      return ["firewall/profiles"];
  }
}

const repaired = worldNames().filter((name) => readWorld(name).expect?.outcome === "repaired");

test.each(repaired)("%s: only what the receipts name has changed", async (name) => {
  const world = readWorld(name);
  service = await serveWorld(world, "modelled");
  const windows = service.sandbox.windows(world.vms[0]?.name ?? "");
  const before = comparableState(windows.state);
  const run = await service.run("repair");
  expect(run.outcome?.kind).toBe("repaired");
  const kinds = run.receipts.filter(({ changed }) => changed).map(({ kind }) => kind);
  const plans = [...run.earlierPlans, ...(run.plan ? [run.plan] : [])];
  const allowed = plans
    .flatMap(({ changes }) => changes)
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(touchedBy);
  // A folder that was missing is made by the services when they start.
  const made = before.files[machineKeysFolder] ? null : `files/${machineKeysFolder}`;
  const changed = differences(before, comparableState(windows.state)).filter((path) => path !== made);
  expect(changed.filter((path) => !allowed.some((start) => path.startsWith(start)))).toEqual([]);
});
