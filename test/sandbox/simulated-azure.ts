import { setDefaultCACertificates } from "node:tls";
import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import { ClientSecretCredential, type TokenCredential } from "@azure/identity";
import { onTestFinished } from "vitest";
import { parseWorld } from "../../sandbox/load-world.ts";
import { type Sandbox, type SandboxOptions, type SandboxVm, startSandbox } from "../../sandbox/sandbox.ts";
import type { World } from "../../sandbox/world.ts";

/** A world with one VM in good health and quick scripts, or what `json` makes of it. */
export function worldOf(json: Record<string, unknown> = {}): World {
  const loaded = parseWorld({
    name: "test",
    description: "For a test.",
    vms: [{ name: "vm-app-01" }],
    runCommand: { seconds: 0.05 },
    restartSeconds: 0.05,
    ...json,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.world;
}

export interface SimulatedAzure {
  readonly sandbox: Sandbox;
  readonly vm: SandboxVm;
  /** Path of the VM; a sub-resource may be appended. */
  readonly vmPath: string;
  readonly compute: ComputeManagementClient;
  readonly network: NetworkManagementClient;
  /** One plain request as who is signed in, or as whom the token says. */
  ask(method: string, path: string, more?: { body?: unknown; token?: string | null }): Promise<Answer>;
  tokenOf(who: "remediator" | "operator"): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { error?: { code: string; message: string; details?: { code: string }[] } } & Record<string, unknown>;
}

export const quickly = { updateIntervalInMs: 10 };

/** Starts a sandbox for one test and signs in, as the operator unless told otherwise. The SDKs do not retry. */
export async function startSimulatedAzure(
  options: Partial<SandboxOptions> & { as?: "remediator" | "operator" } = {},
): Promise<SimulatedAzure> {
  const { as = "operator", ...rest } = options;
  const sandbox = await startSandbox({ world: worldOf(), ...rest });
  onTestFinished(() => sandbox.close());
  // The public authorities are left out: to load them takes longer than to start a sandbox.
  setDefaultCACertificates([sandbox.caPem]);
  const [vm] = sandbox.vms;
  if (!vm) throw new Error("The world has no VM.");
  const clientOptions = {
    endpoint: sandbox.endpoint,
    credentials: { scopes: [`${sandbox.endpoint}/.default`] },
    retryOptions: { maxRetries: 0 },
  };
  const credential = credentialOf(sandbox, as);
  const scope = `${sandbox.endpoint}/.default`;
  return {
    sandbox,
    vm,
    vmPath: vm.id,
    compute: new ComputeManagementClient(credential, vm.subscriptionId, clientOptions),
    network: new NetworkManagementClient(credential, vm.subscriptionId, clientOptions),
    tokenOf: async (who) => (await credentialOf(sandbox, who).getToken(scope))?.token ?? "",
    async ask(method, path, { body, token } = {}) {
      const bearer = token === undefined ? (await credential.getToken(scope))?.token : token;
      const response = await fetch(`${sandbox.endpoint}${path}`, {
        method,
        headers: {
          ...(bearer && { authorization: `Bearer ${bearer}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
    },
  };
}

export function credentialOf(sandbox: Sandbox, who: "remediator" | "operator"): TokenCredential {
  const { clientId, secret } = sandbox[who];
  return new ClientSecretCredential(sandbox.tenantId, clientId, secret, {
    authorityHost: sandbox.endpoint,
    // Otherwise the library asks the public cloud whether it knows this authority.
    disableInstanceDiscovery: true,
  });
}
