import { expect, test } from "vitest";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const version = "?api-version=2026-04-01";

function refusal(status: number, code: string, message?: string | RegExp) {
  return {
    status,
    body: { error: { code, message: message ? expect.stringMatching(message) : expect.any(String) } },
  };
}

test("a call without an API version comes to nothing, whoever asks", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  const missing = refusal(400, "MissingApiVersionParameter", /required for all requests/);
  expect(await ask("GET", vmPath, { token: null })).toMatchObject(missing);
  expect(await ask("GET", `${vmPath}?api-version=`)).toMatchObject(missing);
});

test("an unknown version is refused with those that are known", async () => {
  const { vm, vmPath, ask } = await startSimulatedAzure();
  const subscription = `/subscriptions/${vm.subscriptionId}`;
  expect(await ask("GET", `${subscription}?api-version=2001-01-01`)).toMatchObject(
    refusal(400, "InvalidApiVersionParameter", /supported versions are '.*2022-12-01/),
  );
  expect(await ask("GET", `${vmPath}?api-version=latest`)).toMatchObject(refusal(400, "InvalidApiVersionParameter"));
  expect(await ask("GET", `${vmPath}?api-version=2001-01-01`)).toMatchObject(
    refusal(400, "NoRegisteredProviderFound", /for type 'virtualMachines'.*2026-04-01/),
  );
});

test("what does not exist is named as ARM names it", async () => {
  const { vm, vmPath, ask } = await startSimulatedAzure();
  const group = `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}`;
  const answers = [
    [
      `${vmPath}x`,
      404,
      "ResourceNotFound",
      /'Microsoft.Compute\/virtualMachines\/vm-app-01x' under resource group 'rg-app'/,
    ],
    [`${vmPath}/runCommands/none`, 404, "ResourceNotFound", /virtualMachines\/vm-app-01\/runCommands\/none/],
    [vmPath.replace("rg-app", "rg-none"), 404, "ResourceGroupNotFound", /'rg-none'/],
    [vmPath.replace(/0{8}/, "11111111"), 404, "SubscriptionNotFound", /^The subscription '11111111/],
    [vmPath.replace(vm.subscriptionId, "mine"), 400, "InvalidSubscriptionId", /'mine' is malformed/],
    [
      `${group}/providers/Microsoft.Compute/disks/os`,
      404,
      "InvalidResourceType",
      /'disks' could not be found in the namespace 'Microsoft.Compute'/,
    ],
    [`${group}/providers/Microsoft.Web/sites/shop`, 404, "InvalidResourceNamespace", /Microsoft.Web/],
    ["/nothing/here", 404, "NotFound", /nothing/],
  ] as const;
  for (const [path, status, code, message] of answers) {
    expect(await ask("GET", `${path}${version}`), path).toMatchObject(refusal(status, code, message));
  }
});

test("a method that a resource does not have is refused", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  expect(await ask("DELETE", `${vmPath}/instanceView${version}`)).toMatchObject(refusal(405, "MethodNotAllowed"));
});

test("names match in any case", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  const answer = await ask(
    "GET",
    `${vmPath.toUpperCase()}?API-VERSION=2026-04-01`.replace("API-VERSION", "api-version"),
  );
  expect(answer).toMatchObject({ status: 200, body: { id: vmPath } });
});

test("an action outside of the role is refused with the action and the scope", async () => {
  const { sandbox, vmPath, ask } = await startSimulatedAzure({ as: "remediator" });
  const { clientId, objectId } = sandbox.remediator;
  const answer = await ask("POST", `${vmPath}/runCommand${version}`, { body: {} });
  expect(answer).toMatchObject(refusal(403, "AuthorizationFailed"));
  expect(answer.body.error?.message).toBe(
    `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/runCommand/action' over scope '${vmPath}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
});

test("a world can take rights away from the remediator, and only from it", async () => {
  const world = worldOf({ deny: ["Microsoft.Compute/virtualMachines/*"] });
  const { vmPath, ask, tokenOf } = await startSimulatedAzure({ world, as: "remediator" });
  expect(await ask("GET", `${vmPath}${version}`)).toMatchObject(refusal(403, "AuthorizationFailed"));
  expect(await ask("GET", `${vmPath}${version}`, { token: await tokenOf("operator") })).toMatchObject({ status: 200 });
});

test("a body that is no JSON, or not of the right shape, is refused", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  const path = `${vmPath}/runCommands/rc${version}`;
  expect(await ask("PUT", path, { body: { location: "westeurope" } })).toMatchObject(
    refusal(400, "InvalidRequestContent", /properties/),
  );
  expect(await ask("PUT", path)).toMatchObject(refusal(400, "InvalidRequestContent"));
});

test("every answer carries its ids and what is left of the budget", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  const { headers } = await ask("GET", `${vmPath}${version}`);
  expect(headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get("x-ms-correlation-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("249");
  expect(headers.get("x-ms-ratelimit-remaining-resource")).toBe(
    "Microsoft.Compute/LowCostGetResource;35,Microsoft.Compute/LowCostGetSubscriptionMaximum;23999",
  );
});
