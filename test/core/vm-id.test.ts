import { describe, expect, test } from "vitest";
import { isWithin, parseArmScope } from "../../lib/core/arm-scope.ts";
import { azDeleteExtension, azRunCommand } from "../../lib/core/az-commands.ts";
import { formatVmId, parseVmId, VmId, vmKey } from "../../lib/core/vm-id.ts";

const subscriptionId = "00000000-0000-4000-8000-000000000001";
const group = `/subscriptions/${subscriptionId}/resourceGroups/rg-app`;
const vmId = `${group}/providers/Microsoft.Compute/virtualMachines/app-01`;
const arcId = `${group}/providers/Microsoft.HybridCompute/machines/app-01`;
const names = { subscriptionId, resourceGroup: "rg-app", name: "app-01" };

test.each([
  ["a virtual machine", vmId, names],
  ["a server of Azure Arc", arcId, { ...names, kind: "arc-machine" }],
])("%s is read from its resource id, in any case, and written again", (_, id, vm) => {
  expect(parseVmId(id)).toEqual({ ok: true, value: vm });
  expect(parseVmId(` ${id.replace("/providers/Microsoft", "/PROVIDERS/microsoft")} `)).toEqual({ ok: true, value: vm });
  expect(formatVmId(VmId.parse(vm))).toBe(id);
});

test("machines of two kinds with the same names are two machines", () => {
  expect(vmKey(names)).not.toBe(vmKey({ ...names, kind: "arc-machine" }));
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

test("a scope may be a server of Azure Arc, and holds that one alone", () => {
  const scope = parseArmScope(arcId.toUpperCase());
  if (!scope) throw new Error("It is a scope.");
  expect(isWithin(arcId, scope)).toBe(true);
  expect(isWithin(vmId, scope)).toBe(false);
  expect(isWithin(`${arcId}2`, scope)).toBe(false);
  expect(parseArmScope(`${group}/providers/Microsoft.HybridCompute/licenses/x`)).toBeNull();
});

describe("commands of the Azure CLI", () => {
  const odd = { ...names, resourceGroup: "rg(app)" };
  const arc = { ...odd, kind: "arc-machine" as const };
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
  ])("%s", (command, expected) => {
    expect(command).toBe(expected);
  });
});
