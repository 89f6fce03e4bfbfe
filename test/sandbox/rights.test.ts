import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeRights, remediatorRights } from "../../sandbox/azure/rights.ts";

test("an action is allowed in any case, and by a wildcard for any of its parts", () => {
  const { use } = makeRights([{ actions: ["Microsoft.Compute/virtualMachines/read", "Microsoft.Network/*/read"] }]);
  const rights = { use: (action: string) => use(action, "/subscriptions/1") };
  expect(rights.use("microsoft.compute/VIRTUALMACHINES/read")).toBe(true);
  expect(rights.use("Microsoft.Network/virtualNetworks/subnets/read")).toBe(true);
  expect(rights.use("Microsoft.Compute/virtualMachines/write")).toBe(false);
  expect(rights.use("Microsoft.Compute/virtualMachines/read/action")).toBe(false);
  expect(rights.use("MicrosoftXCompute/virtualMachines/read")).toBe(false);
});

test("what is withheld is not allowed, and not used", () => {
  const rights = makeRights([{ actions: ["a/read", "a/write"], notActions: ["*/write"] }]);
  expect(rights.use("a/write", "/subscriptions/1")).toBe(false);
  expect(rights.unusedActions()).toEqual(["a/read", "a/write"]);
  expect(rights.use("a/read", "/subscriptions/1")).toBe(true);
  expect(rights.unusedActions()).toEqual(["a/write"]);
});

test.each([
  ["/subscriptions/1", "/subscriptions/1/resourceGroups/rg/providers/P/t/n", true],
  ["/subscriptions/1", "/subscriptions/10/resourceGroups/rg", false],
  ["/subscriptions/1/resourceGroups/rg", "/SUBSCRIPTIONS/1/resourcegroups/RG/providers/P/t/n", true],
  ["/subscriptions/1/resourceGroups/rg", "/subscriptions/1/resourceGroups/rg-network/providers/P/t/n", false],
  ["/subscriptions/1/resourceGroups/rg", "/subscriptions/1", false],
  [
    "/subscriptions/1/resourceGroups/rg/providers/P/t/n",
    "/subscriptions/1/resourceGroups/rg/providers/P/t/n/c/d",
    true,
  ],
  ["/subscriptions/1/resourceGroups/rg/providers/P/t/n", "/subscriptions/1/resourceGroups/rg/providers/P/t/n2", false],
])("a right at %s counts on %s: %s", (scope, resource, expected) => {
  expect(makeRights([{ actions: ["a/read"], scope }]).use("a/read", resource)).toBe(expected);
});

test("an exclusion of one role takes nothing from another", () => {
  const rights = makeRights([
    { actions: ["a/*"], notActions: ["a/write"] },
    { actions: ["a/write"], scope: "/s" },
  ]);
  expect(rights.use("a/write", "/s/x")).toBe(true);
  expect(rights.use("a/write", "/t")).toBe(false);
});

test("the remediator's role is a custom role without wildcards that can change nothing but Run Commands, power and alerts", () => {
  const role = JSON.parse(readFileSync("infra/roles/remediator.json", "utf8"));
  expect(role).toMatchObject({ IsCustom: true, DataActions: [], NotActions: [], NotDataActions: [] });
  expect(role.AssignableScopes).toEqual([expect.stringMatching(/^\/subscriptions\//)]);
  const actions: string[] = role.Actions;
  expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  // These four only ask, though Azure counts them as actions.
  const questions = actions.filter((action) =>
    /AdminRules|effectiveNetworkSecurityGroups|effectiveRouteTable|ipFlowVerify/.test(action),
  );
  expect(questions).toHaveLength(4);
  const changing = actions.filter((action) => !action.endsWith("/read") && !questions.includes(action));
  expect(changing).toEqual([
    "Microsoft.Compute/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachines/runCommands/delete",
    "Microsoft.Compute/virtualMachines/restart/action",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/delete",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/restart/action",
    "Microsoft.HybridCompute/machines/runCommands/write",
    "Microsoft.HybridCompute/machines/runCommands/delete",
    "Microsoft.AlertsManagement/alerts/changestate/action",
  ]);
  expect(remediatorRights([]).unusedActions()).toEqual(actions);
});
