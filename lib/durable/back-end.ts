import { z } from "zod";

/*
 * Where Durable Functions keeps its queues is said in two places, which must fit: host.json of the package names provider, hub
 * and connection, and the app settings hold what it names.
 */

const HostFile = z.object({
  extensions: z.object({
    durableTask: z.object({
      hubName: z.string().optional(),
      storageProvider: z.object({ type: z.string(), connectionStringName: z.string().optional() }).optional(),
    }),
  }),
});

/**
 * App settings by which the host would take another provider, hub or connection than host.json says. The scale controller
 * reads host.json alone, watches the wrong queues, and wakes no instance
 * (https://github.com/Azure/azure-functions-host/pull/8229).
 */
const unseen =
  /^AzureFunctionsJobHost(__|:)extensions\1durableTask\1(hubName|storageProvider\1(type|connection(String)?Name))$/i;

/** What a template or a person sets for the Durable Task Scheduler. */
const schedulerSettings = ["TASKHUB_NAME", "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"];

/** Any of these names the storage account of the host. */
const storageSettings = [
  "AzureWebJobsStorage",
  "AzureWebJobsStorage__accountName",
  "AzureWebJobsStorage__queueServiceUri",
];

type Environment = Readonly<Record<string, string | undefined>>;

/** What keeps the back end from starting or from scaling, one sentence each with what to do; none: it is fit. */
export function backEndProblems(hostFile: unknown, environment: Environment): string[] {
  const parsed = HostFile.safeParse(hostFile);
  if (!parsed.success) return ["host.json of the package configures no Durable Functions. Stage the package anew."];
  const { hubName, storageProvider } = parsed.data.extensions.durableTask;
  const set = (name: string) => Boolean(environment[name]);
  const overridden = Object.keys(environment).filter((name) => unseen.test(name) && set(name));
  return [
    ...overridden.map(
      (name) =>
        `The app setting ${name} overrides host.json, which the scale controller of Azure does not see. Remove it, and stage the package for the back end that you want.`,
    ),
    ...providerProblems(storageProvider?.type ?? "azureStorage", storageProvider?.connectionStringName, hubName, set),
  ];
}

function providerProblems(
  type: string,
  connection: string | undefined,
  hubName: string | undefined,
  set: (name: string) => boolean,
): string[] {
  switch (type) {
    case "azureManaged": {
      const named = [connection ?? "", ...settingsIn(hubName)];
      return named
        .filter((name) => !set(name))
        .map(
          (name) =>
            `host.json of the package is for the Durable Task Scheduler, and the app setting ${name || "that holds its connection"} is missing. Deploy the template with durableBackend scheduler, or stage the package for azure-storage.`,
        );
    }
    case "azureStorage": {
      const spare = schedulerSettings.filter(set);
      if (spare.length > 0)
        return [
          `The app settings have ${spare.join(" and ")} for the Durable Task Scheduler, and host.json of the package keeps its queues in Azure Storage. Stage the package for scheduler, or deploy the template with durableBackend azure-storage.`,
        ];
      if (storageSettings.some(set)) return [];
      return [`Durable Functions has no storage account for its queues. Set one of ${storageSettings.join(", ")}.`];
    }
    default:
      // Netherite and MSSQL: Flex Consumption does not support the one and does not scale the other.
      return [
        `host.json of the package names the provider ${type}. Flex Consumption scales azureStorage and azureManaged.`,
      ];
  }
}

/** The app settings in `%NAME%`, which the host and the scale controller both resolve. */
function settingsIn(text: string | undefined): string[] {
  return [...(text ?? "").matchAll(/%([^%]+)%/g)].map(([, name = ""]) => name);
}
