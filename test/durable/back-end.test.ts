import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { backEndProblems } from "../../lib/durable/back-end.ts";
import { hostJsonFor } from "../../scripts/durable-backend.ts";

const packaged = JSON.parse(readFileSync("host.json", "utf8"));
const storage = { AzureWebJobsStorage__queueServiceUri: "https://strdp.queue.core.windows.net" };
const scheduler = {
  ...storage,
  TASKHUB_NAME: "rdpremediation",
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: "Endpoint=https://dts.example.com;Authentication=ManagedIdentity",
};
const prefix = "AzureFunctionsJobHost__extensions__durableTask__";

describe("fit are", () => {
  test.each([
    ["azure-storage", storage],
    ["azure-storage", { AzureWebJobsStorage: "UseDevelopmentStorage=true" }],
    ["scheduler", scheduler],
    // It changes neither provider nor hub, which the scale controller watches.
    ["azure-storage", { ...storage, [`${prefix}storageProvider__controlQueueVisibilityTimeout`]: "00:01:00" }],
  ] as const)("a package for %s, with its settings", (backend, environment) => {
    expect(backEndProblems(hostJsonFor(backend, packaged), environment)).toEqual([]);
  });
});

describe("refused, with what to do, are", () => {
  test.each([
    [
      "a package for the scheduler where storage is deployed",
      "scheduler",
      storage,
      /TASKHUB_NAME is missing.*durableBackend/,
    ],
    [
      "a package for storage where the scheduler is deployed",
      "azure-storage",
      scheduler,
      /Stage the package for scheduler/,
    ],
    ["one without any storage", "azure-storage", {}, /no storage account/],
    [
      "a hub that the scale controller does not see",
      "azure-storage",
      { ...storage, [`${prefix}hubName`]: "Other" },
      /hubName overrides host\.json/,
    ],
    [
      "a provider that the scale controller does not see",
      "azure-storage",
      { ...storage, [`${prefix}storageProvider__type`]: "azureManaged" },
      /storageProvider__type overrides host\.json/,
    ],
  ] as const)("%s", (_, backend, environment, why) => {
    expect(backEndProblems(hostJsonFor(backend, packaged), environment).join("\n")).toMatch(why);
  });

  test.each(["netherite", "mssql"])("the provider %s, which Flex Consumption does not scale", (type) => {
    const hostFile = { extensions: { durableTask: { hubName: "Hub", storageProvider: { type } } } };
    expect(backEndProblems(hostFile, storage)).toEqual([expect.stringContaining(type)]);
  });

  test.each([null, {}, { extensions: {} }])("a host.json without Durable Functions: %j", (hostFile) => {
    expect(backEndProblems(hostFile, storage)).toHaveLength(1);
  });
});

test("the scheduler's connection and hub are named in host.json by settings, and are no literal values", () => {
  const { hubName, storageProvider } = hostJsonFor("scheduler", packaged).extensions.durableTask;
  expect(hubName).toBe("%TASKHUB_NAME%");
  expect(Object.keys(scheduler)).toContain(storageProvider.connectionStringName);
});
