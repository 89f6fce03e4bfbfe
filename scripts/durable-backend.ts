/*
 * Where Durable Functions keeps its queues is written in host.json and not in app settings: the scale controller of Azure
 * reads that file alone, and would watch the wrong place (https://github.com/Azure/azure-functions-host/pull/8229).
 */

export const durableBackends = ["azure-storage", "scheduler"] as const;
export type DurableBackend = (typeof durableBackends)[number];

export function readDurableBackend(text: string): DurableBackend {
  const backend = durableBackends.find((one) => one === text);
  if (!backend) throw new Error(`RDP_DURABLE_BACKEND is ${text}. It must be ${durableBackends.join(" or ")}.`);
  return backend;
}

interface HostJson {
  readonly extensions: { readonly durableTask: object };
}

/**
 * host.json as it is packaged. The hub and the connection of the scheduler are app settings of these names; the host and
 * the scale controller both resolve `%NAME%`.
 */
export function hostJsonFor<H extends HostJson>(backend: DurableBackend, hostJson: H): H {
  if (backend === "azure-storage") return hostJson;
  const durableTask = {
    ...hostJson.extensions.durableTask,
    hubName: "%TASKHUB_NAME%",
    storageProvider: { type: "azureManaged", connectionStringName: "DURABLE_TASK_SCHEDULER_CONNECTION_STRING" },
  };
  return { ...hostJson, extensions: { ...hostJson.extensions, durableTask } };
}
