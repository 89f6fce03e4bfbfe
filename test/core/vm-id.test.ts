import { describe, expect, test } from "vitest";
import { isWithin, parseArmScope } from "../../lib/core/arm-scope.ts";
import {
  azDeleteExtension,
  azReimage,
  azRemoveActionExtension,
  azRunCommand,
  azStart,
} from "../../lib/core/az-commands.ts";
import { armPath, readArmPath } from "../../lib/core/resource-id.ts";
import { formatVmId, parseVmId, scaleSetIdOf, VmId, vmKey } from "../../lib/core/vm-id.ts";

const subscriptionId = "00000000-0000-4000-8000-000000000001";
const group = `/subscriptions/${subscriptionId}/resourceGroups/rg-app`;
const vmId = `${group}/providers/Microsoft.Compute/virtualMachines/app-01`;
const arcId = `${group}/providers/Microsoft.HybridCompute/machines/app-01`;
const setId = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/app-01`;
const instanceId = `${setId}/virtualMachines/3`;
const names = { subscriptionId, resourceGroup: "rg-app", name: "app-01" };

test.each([
  ["a virtual machine", vmId, names],
  ["an Arc-enabled server", arcId, { ...names, kind: "arc-machine" }],
  ["an instance of a uniform scale set", instanceId, { ...names, name: "app-01/3", kind: "scale-set-instance" }],
])("%s is read from its resource id, in any case, and written again", (_, id, vm) => {
  expect(parseVmId(id)).toEqual({ ok: true, value: vm });
  expect(parseVmId(` ${id.replace("/providers/Microsoft", "/PROVIDERS/microsoft")} `)).toEqual({ ok: true, value: vm });
  expect(formatVmId(VmId.parse(vm))).toBe(id);
});

test("machines of two kinds with the same names are two machines", () => {
  expect(vmKey(names)).not.toBe(vmKey({ ...names, kind: "arc-machine" }));
  expect(vmKey({ ...names, name: "app-01/3", kind: "scale-set-instance" })).toBe(instanceId.toLowerCase());
});

test.each([
  ["a scale set as a whole", setId],
  ["a VM of a flexible scale set", `${setId}/virtualMachines/app-01_1a2b3c4d`],
  ["a number with a zero before it, which would be a second name", `${setId}/virtualMachines/03`],
  ["no number", `${setId}/virtualMachines/-1`],
  ["a child of an instance", `${instanceId}/runCommands/x`],
  ["a climb", `${setId}/virtualMachines/..`],
])("%s names no instance, and the message shows what does", (_, id) => {
  const read = parseVmId(id);
  expect(read).toMatchObject({ ok: false, problem: { code: "invalid-vm-id" } });
  if (!read.ok)
    expect(read.problem.message).toMatch(/virtualMachineScaleSets\/<set>\/virtualMachines\/<number>.*flexible/);
});

test.each([
  ["an instance without its number", { name: "app-01", kind: "scale-set-instance" }],
  ["a VM with a number", { name: "app-01/3" }],
  ["a server with a number", { name: "app-01/3", kind: "arc-machine" }],
  ["three parts", { name: "app-01/3/4", kind: "scale-set-instance" }],
])("%s is no name of a machine", (_, vm) => {
  expect(VmId.safeParse({ ...names, ...vm }).success).toBe(false);
});

test("an instance knows its scale set; a VM has none", () => {
  expect(scaleSetIdOf({ ...names, name: "app-01/3", kind: "scale-set-instance" })).toBe(setId);
  expect(scaleSetIdOf(names)).toBeNull();
});

test.each([
  `${group}/providers/Microsoft.HybridCompute/licenses/app-01`,
  `${arcId}/extensions/x`,
  `${group}/providers/Microsoft.Network/networkInterfaces/app-01`,
  `${group}/providers/Microsoft.HybridCompute/machines/..`,
])("%s names no machine, and the message shows both shapes", (id) => {
  const read = parseVmId(id);
  expect(read).toMatchObject({ ok: false, problem: { code: "invalid-vm-id" } });
  if (!read.ok) expect(read.problem.message).toMatch(/virtualMachines\/<name>.*HybridCompute\/machines\/<name>/);
});

test("stored runs of earlier versions have VMs without a kind; an unknown kind is refused", () => {
  expect(VmId.parse(names)).toEqual(names);
  expect(VmId.safeParse({ ...names, kind: "virtual-machine" }).success).toBe(false);
});

test("a scope may be an Arc-enabled server, and holds that one alone", () => {
  const scope = parseArmScope(arcId.toUpperCase());
  if (!scope) throw new Error("It is a scope.");
  expect(isWithin(arcId, scope)).toBe(true);
  expect(isWithin(vmId, scope)).toBe(false);
  expect(isWithin(`${arcId}2`, scope)).toBe(false);
  expect(parseArmScope(`${group}/providers/Microsoft.HybridCompute/licenses/x`)).toBeNull();
});

test.each([
  ["a scale set", setId, true],
  ["one instance", instanceId, true],
  ["a scale set of a longer name", setId.slice(0, -1), false],
  ["another instance", `${setId}/virtualMachines/33`, false],
  ["a VM of the name of the set", vmId, false],
])("a scope may be %s", (_, text, holds) => {
  const scope = parseArmScope(text.toUpperCase());
  if (!scope) throw new Error("It is a scope.");
  expect(isWithin(instanceId, scope)).toBe(holds);
});

test.each([`${setId}/extensions/x`, `${setId}/virtualMachines`, `${setId}/virtualMachines/app-01_1a2b3c4d`])(
  "%s is no scope",
  (text) => {
    expect(parseArmScope(text)).toBeNull();
  },
);

describe("commands of the Azure CLI", () => {
  const odd = { ...names, resourceGroup: "rg(app)" };
  const arc = { ...odd, kind: "arc-machine" as const };
  const instance = { ...odd, name: "app-01/3", kind: "scale-set-instance" as const };
  const where = `--resource-group 'rg(app)' --subscription ${subscriptionId}`;
  test.each([
    [azRunCommand(odd, "list"), `az vm run-command list --vm-name app-01 ${where}`],
    [azRunCommand(odd, "show", "a"), `az vm run-command show --vm-name app-01 ${where} --name a --instance-view`],
    [azRunCommand(odd, "delete", "a"), `az vm run-command delete --vm-name app-01 ${where} --name a --yes`],
    [azDeleteExtension(odd, "x"), `az vm extension delete --vm-name app-01 ${where} --name x`],
    [azRunCommand(arc, "list"), `az connectedmachine run-command list --machine-name app-01 ${where}`],
    [azRunCommand(arc, "show", "a"), `az connectedmachine run-command show --machine-name app-01 ${where} --name a`],
    [
      azRunCommand(arc, "delete", "a"),
      `az connectedmachine run-command delete --machine-name app-01 ${where} --name a --yes`,
    ],
    [
      azRunCommand(instance, "show", "a"),
      `az vmss run-command show --vmss-name app-01 --instance-id 3 ${where} --name a --instance-view`,
    ],
    [
      azRemoveActionExtension(instance),
      `az vmss run-command invoke --name app-01 --instance-id 3 ${where} --command-id RemoveRunCommandWindowsExtension`,
    ],
    [azReimage(instance), `az vmss reimage --name app-01 --instance-ids 3 ${where}`],
    [azStart(instance), `az vmss start --name app-01 --instance-ids 3 ${where}`],
    [azStart(names), `az vm start --ids ${vmId}`],
    [
      azDeleteExtension({ ...instance, resourceGroup: "rg-app" }, "x"),
      `az resource delete --ids ${instanceId}/extensions/x`,
    ],
  ])("%s", (command, expected) => {
    expect(command).toBe(expected);
  });
});

test.each([
  [vmId, "Microsoft.Compute/virtualMachines", "app-01"],
  [instanceId, "Microsoft.Compute/virtualMachineScaleSets/virtualMachines", "app-01/3"],
])("%s has its type and its name apart", (id, type, name) => {
  expect(readArmPath(id)).toEqual({ subscriptionId, resourceGroup: "rg-app", type, name });
  expect(armPath({ subscriptionId, resourceGroup: "rg-app", type, name })).toBe(id);
});

test.each([group, `${vmId}/extensions`, `x${vmId}`, `${group}/providers/Microsoft.Compute`, ""])(
  "%j is no resource",
  (text) => {
    expect(readArmPath(text)).toBeNull();
  },
);
