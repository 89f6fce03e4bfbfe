import type { InvocationContext } from "@azure/functions";
import { getClient, input } from "durable-functions";
import type { CloudService } from "../lib/compose-cloud.ts";
import { checkBackEnd } from "./back-end.ts";
import { createOrchestrations } from "./orchestrations.ts";

/** The client binding of the engine. Registered with each function that uses the service. */
export const durableClient = input.durableClient();

let service: Promise<CloudService> | undefined;

/**
 * The service, composed at the first invocation, because the registration of the functions must not wait for the Azure
 * SDKs. All invocations in a process get the same client, so the first one is used for all. A failed composition is
 * retried at the next invocation.
 */
export function serviceOf(context: InvocationContext): Promise<CloudService> {
  service ??= compose(context).catch((error: unknown) => {
    service = undefined;
    throw error;
  });
  return service;
}

async function compose(context: InvocationContext): Promise<CloudService> {
  const { composeCloud } = await import("../lib/compose-cloud.ts");
  const { readSettings } = await import("../lib/settings.ts");
  const settings = readSettings(process.env);
  if (!settings.ok) throw new Error(settings.problem.message);
  const unfit = await checkBackEnd();
  if (unfit.length > 0) throw new Error(unfit.join(" "));
  const composed = await composeCloud(settings.value, createOrchestrations(getClient(context)));
  if (!composed.ok) throw new Error(composed.problem.message);
  return composed.value;
}
