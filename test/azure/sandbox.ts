import { setDefaultCACertificates } from "node:tls";
import { ClientSecretCredential } from "@azure/identity";
import { onTestFinished } from "vitest";
import type { z } from "zod";
import type { VmId } from "../../lib/core/vm-id.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { World } from "../../sandbox/world.ts";

export type WorldInput = Omit<z.input<typeof World>, "name" | "description" | "vms">;
export type VmInput = Partial<z.input<typeof World>["vms"][number]>;

/** A sandbox with one VM, for one test. `trusted: false` leaves its CA unknown to this process. */
export async function sandboxWith(vm: VmInput = {}, world: WorldInput = {}, { trusted = true } = {}) {
  const sandbox = await startSandbox({
    guest: "modelled",
    world: World.parse({
      name: "azure-adapters",
      description: "For the tests of the Azure adapters.",
      vms: [{ name: "app-01", ...vm }],
      runCommand: { seconds: 0.1 },
      ...world,
    }),
  });
  onTestFinished(() => sandbox.close());
  if (trusted) setDefaultCACertificates([sandbox.caPem]);
  const [machine] = sandbox.vms;
  if (!machine) throw new Error("The world has no VM.");
  const { subscriptionId, resourceGroup, name } = machine;
  const target: VmId = { subscriptionId, resourceGroup, name };
  return { sandbox, vm: target };
}

/** Signs in as the remediator. Not by managed identity: of these the SDK knows one per process, the first. */
export function remediatorOf({ sandbox }: Awaited<ReturnType<typeof sandboxWith>>): ClientSecretCredential {
  const { clientId, secret } = sandbox.remediator;
  return new ClientSecretCredential(sandbox.tenantId, clientId, secret, {
    authorityHost: sandbox.endpoint,
    disableInstanceDiscovery: true,
  });
}
