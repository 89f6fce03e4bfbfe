import type { PipelinePolicy, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { unsupportedVersion } from "./arm-errors.ts";

/*
 * Which API version a request asks for. The SDKs ask for the newest, which regions and sovereign clouds may not serve
 * yet (Azure/azure-cli#23985, ansible-collections/azure#2191). This product asks for the oldest stable one that has
 * what it uses.
 */

/** API versions by the namespace of the provider, e.g. `Microsoft.Compute`. */
export type ApiVersions = Readonly<Record<string, string>>;

/**
 * Microsoft.Compute 2023-03-01 is the first with `treatFailureAsDeploymentFailure` of a Run Command
 * (azure-rest-api-specs, Compute/stable/2023-03-01/runCommand.json). Microsoft.Network 2023-02-01 has all that is read
 * of NICs, groups, networks, routes and load balancers, and names network managers among the groups in effect
 * (Microsoft.Network/stable/2023-02-01/examples/NetworkInterfaceEffectiveNSGList.json). Microsoft.HybridCompute
 * 2025-01-13 is the first stable one with `machines/runCommands`: the earlier ones are previews. Others keep what they
 * ask for.
 */
export const chosenVersions: ApiVersions = {
  "Microsoft.Compute": "2023-03-01",
  "Microsoft.Network": "2023-02-01",
  "Microsoft.HybridCompute": "2025-01-13",
};

/** Of these the SDK's own version is asked for: the rules of network managers came to other clouds at other times. */
const keepsItsOwn = /\/listNetworkManagerEffectiveSecurityAdminRules$/i;

/**
 * Microsoft.Network answers for the NICs and public addresses of a uniform scale set, below an id of Microsoft.Compute and
 * in a version of its own, 2018-10-01, which the SDK asks for. Recorded: azure-cli, test_vmss_nics.
 */
const ofScaleSetNetwork = /\/virtualMachineScaleSets\/.*\/networkInterfaces(\/|$)/i;

/** Azure itself gives these addresses, version and signature included. */
const givenByAzure = /\/locations\/[^/]+\/(operations|operationResults|operationStatuses)\//i;

interface Target {
  readonly namespace: string;
  /** Namespace and type, for which Azure lists its versions, e.g. `microsoft.compute/virtualmachines/runcommands`. */
  readonly type: string;
}

/**
 * Sets the API version of each request. Where Azure does not serve it and lists those that it serves, the request is
 * sent once more with another one, which is remembered for that type of resource. Such a refusal comes before any work,
 * so that even a PUT may be repeated. It must stand before the policy that adds the token.
 * `settings` come before the versions chosen here.
 */
export function apiVersionPolicy(settings: ApiVersions = {}): PipelinePolicy {
  const set = new Map(Object.entries(settings).map(([name, version]) => [name.toLowerCase(), version]));
  const chosen = new Map(Object.entries(chosenVersions).map(([name, version]) => [name.toLowerCase(), version]));
  const served = new Map<string, string>();
  return {
    name: "apiVersion",
    async sendRequest(request, next) {
      const url = new URL(request.url);
      const target = targetOf(url.pathname);
      if (!target || givenByAzure.test(url.pathname)) return next(request);
      const own = keepsItsOwn.test(url.pathname) ? undefined : chosen.get(target.namespace);
      const wanted = ofScaleSetNetwork.test(url.pathname) ? undefined : (set.get(target.namespace) ?? own);
      const version = served.get(target.type) ?? wanted ?? versionIn(url);
      const response = await next(withVersion(request, version));
      const other = version === null ? null : servedInstead(response, version);
      if (other === null) return response;
      served.set(target.type, other);
      return next(withVersion(request, other));
    },
  };
}

function versionIn(url: URL): string | null {
  return url.searchParams.get("api-version");
}

/** The provider that answers: the last one that the path names. */
function targetOf(path: string): Target | null {
  const [namespace = "", ...rest] = path.toLowerCase().split("/providers/").at(-1)?.split("/") ?? [];
  if (!path.toLowerCase().includes("/providers/") || rest.length === 0) return null;
  // Types and names alternate; an action stands where the next type would.
  return { namespace, type: [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/") };
}

function withVersion(request: PipelineRequest, version: string | null): PipelineRequest {
  // Only this parameter: the others may be signed, or written as Azure gave them.
  if (version !== null) request.url = request.url.replace(/([?&]api-version=)[^&]*/i, `$1${version}`);
  return request;
}

/** The version to ask for instead; `null`: the answer is no refusal of the version, or lists none that helps. */
function servedInstead({ status, bodyAsText }: PipelineResponse, asked: string): string | null {
  if (status !== 400 && status !== 404) return null;
  const [, code = ""] = /"code"\s*:\s*"(\w+)"/.exec(bodyAsText ?? "") ?? [];
  const [, list = ""] = /supported (?:api-)?versions are '([^']*)'/i.exec(bodyAsText ?? "") ?? [];
  return unsupportedVersion.test(code) ? nearestVersion(list.split(","), asked) : null;
}

/** The newest stable version that is not newer than the one asked for; the newest stable one where all are newer. */
export function nearestVersion(listed: readonly string[], asked: string): string | null {
  const stable = listed.map((one) => one.trim()).filter((one) => /^\d{4}-\d\d-\d\d$/.test(one) && one !== asked);
  const sorted = stable.toSorted();
  return sorted.findLast((one) => one < asked) ?? sorted.at(-1) ?? null;
}
