import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldId, isWithin, parseArmScope } from "../../lib/core/arm-scope.ts";
import { vmKey } from "../../lib/core/vm-id.ts";

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";
const group = `${subscription}/resourceGroups/rg-prod`;
const vm = `${group}/providers/Microsoft.Compute/virtualMachines/vm-app-01`;

function within(id: string, scope: string): boolean {
  const parsed = parseArmScope(scope);
  return parsed !== null && isWithin(id, parsed);
}

describe("a scope", () => {
  test.each([subscription, `${subscription}/`, group, `${group}/`, vm, vm.toUpperCase(), ` ${group} `])(
    "%s",
    (scope) => {
      expect(within(vm, scope)).toBe(true);
    },
  );

  test.each([
    ["nothing", ""],
    ["all of Azure", "/"],
    ["a URL", `https://management.azure.com${group}`],
    ["a climbing group", `${subscription}/resourceGroups/..`],
    ["a group that is a dot", `${subscription}/resourceGroups/.`],
    ["a climb in the middle", `${subscription}/resourceGroups/../resourceGroups/rg-prod`],
    ["an encoded slash", `${subscription}/resourceGroups/rg%2f..`],
    ["an encoded dot", `${subscription}/resourceGroups/%2e%2e`],
    ["a backslash", `${subscription}/resourceGroups/..\\x`],
    ["a query", `${group}?x=1`],
    ["a fragment", `${group}#x`],
    ["an empty segment", `${subscription}//resourceGroups/rg-prod`],
    ["another resource", `${group}/providers/Microsoft.Network/networkInterfaces/x`],
    ["a child of a VM", `${vm}/extensions/x`],
    ["a NUL", `${group}\u0000`],
    ["no GUID", "/subscriptions/------------------------------------"],
  ])("is not %s", (_, text) => {
    expect(parseArmScope(text)).toBeNull();
  });

  test("holds nothing beside it, however alike the names are", () => {
    expect(within(vm.replace("rg-prod", "rg-prod-2"), group)).toBe(false);
    expect(within(vm.replace("rg-prod", "rg-pro"), group)).toBe(false);
    expect(within(`${vm}0`, vm)).toBe(false);
    expect(within(group, vm)).toBe(false);
    expect(within(vm, `${subscription}/resourceGroups/rg-prod.x`)).toBe(false);
  });
});

describe("ids are compared as Azure does", () => {
  test.each([
    ["the Kelvin sign", "rg-prod-\u212a", "rg-prod-k"],
    ["a long s", "rg-\u017f", "rg-s"],
    ["a dotless i", "rg-\u0131", "rg-i"],
    ["a dotted capital I", "rg-\u0130", "rg-i"],
    ["sharp s", "rg-\u00df", "rg-ss"],
  ])("%s equals no ASCII letter", (_, one, other) => {
    const keyOf = (resourceGroup: string) =>
      vmKey({ subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup, name: "vm" });
    expect(keyOf(one)).not.toBe(keyOf(other));
    expect(within(`${subscription}/resourceGroups/${one}`, `${subscription}/resourceGroups/${other}`)).toBe(false);
  });

  test("case alone makes no difference, also beyond ASCII", () => {
    expect(foldId("/RG-\u00c9t\u00c9")).toBe(foldId("/rg-\u00e9T\u00e9"));
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        expect(foldId(text)).toBe(text.toLowerCase());
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(foldId(foldId(text))).toBe(foldId(text));
      }),
    );
  });
});
