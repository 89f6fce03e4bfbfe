import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { type ArmScope, foldId, holdsMachines, parseArmScope } from "../core/arm-scope.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { armPath } from "../core/resource-id.ts";
import { formatVmId, parseVmId, scaleSetIdOf, type VmId, vmKey } from "../core/vm-id.ts";
import { scaleSetType, traitsOf, vmKinds } from "../core/vm-kinds.ts";
import type { FleetInventory, FoundVm, Selection } from "../fleet/ports.ts";
import { callAzure, parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { mergeTags } from "./scale-set-instance.ts";

const path = "/providers/Microsoft.ResourceGraph/resources";
const apiVersion = "2021-03-01";

/** The most rows of a page. */
const pageSize = 1000;

/** The most ids in one query: Azure recommends groups of fewer than 300. */
const idsPerQuery = 250;

/** The columns that are read of resources of these types; `order by id` makes the pages stable. */
function columnsOf(types: readonly string[]): string {
  return `| where type in~ (${types.map((type) => `'${type.toLowerCase()}'`).join(", ")})
| project id, location, tags
| order by id asc`;
}

const columns = columnsOf(vmKinds.map((kind) => traitsOf({ kind }).type));

/**
 * The tables of machines. Instances of scale sets are in one of their own:
 * https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
 */
const tables = ["resources", "computeresources"] as const;

const isWindows = "properties.storageProfile.osDisk.osType =~ 'Windows' or properties.osType =~ 'windows'";

const Page = z.object({
  data: z.array(z.object({ id: z.string(), location: z.string(), tags: z.record(z.string(), z.string()).nullish() })),
  resultTruncated: z.string().nullish(),
  $skipToken: z.string().nullish(),
});

/**
 * Says which machines match, for everything that selects them: VMs, instances of uniform scale sets and Arc-enabled servers,
 * through Azure Resource Graph. A page has a thousand, where reading them would take a call each. It shows what the identity
 * may read, as it was some minutes ago.
 */
export function createFleetInventory(clients: Clients): FleetInventory {
  return {
    async find(selection) {
      const found = await callAzure("query Azure Resource Graph", () => findAll(clients, selection));
      if (found.ok || selection.kind !== "query" || found.problem.code !== "azure-refused") {
        return found.ok ? found.value : found;
      }
      const { detail = "" } = found.problem;
      return fail("invalid-input", `Azure Resource Graph refuses the query. ${detail}`.trim());
    },
  };
}

async function findAll(clients: Clients, selection: Selection): Promise<Result<FoundVm[]>> {
  switch (selection.kind) {
    case "list": {
      const found: FoundVm[] = [];
      for (let first = 0; first < selection.vms.length; first += idsPerQuery) {
        const vms = selection.vms.slice(first, first + idsPerQuery);
        for (const table of tables) found.push(...(await findListed(clients, table, vms)));
      }
      return ok(await settle(clients, found));
    }
    case "scope": {
      const within = parseArmScope(selection.scope);
      if (!within || !holdsMachines(within)) {
        const text = selection.scope.slice(0, 200);
        return fail(
          "invalid-input",
          `"${text}" is no scope to search. Give the resource id of a subscription, of a resource group or of a scale set.`,
        );
      }
      const found: FoundVm[] = [];
      for (const table of tables) {
        const text = `${table}\n| where ${isWindows}${filterOf(within)}\n${columns}`;
        if (table === "computeresources" || !within.resource) {
          found.push(...(await query(clients, text, [within.subscriptionId])));
        }
      }
      const { tag } = selection;
      const settled = await settle(clients, found);
      // Here, because a query compares the names of tags with regard to case, and Azure does not.
      return ok(tag ? settled.filter(({ tags }) => hasTag(tags, tag)) : settled);
    }
    case "query":
      return ok(await settle(clients, await query(clients, `${selection.query}\n${columns}`, selection.subscriptions)));
  }
}

/** The names of a scope have neither quotes nor backslashes: `parseArmScope` has seen to it. */
function filterOf({ subscriptionId, resourceGroup, resource }: ArmScope): string {
  if (resourceGroup === null) return "";
  if (resource === null) return `\n| where resourceGroup =~ '${resourceGroup}'`;
  return `\n| where id startswith '${armPath({ subscriptionId, resourceGroup, ...resource })}/virtualMachines/'`;
}

/** Those of a list that are in one table; without a query where none can be. */
async function findListed(clients: Clients, table: (typeof tables)[number], vms: readonly VmId[]): Promise<FoundVm[]> {
  const there = vms.filter((vm) => (scaleSetIdOf(vm) === null) === (table === "resources"));
  if (there.length === 0) return [];
  const ids = there.map(formatVmId);
  return query(clients, `${table}\n| where id in~ (${quoted(ids)})\n${columns}`, subscriptionsOf(there));
}

type Row = z.infer<typeof Page>["data"][number];

/** Resource ids have neither quotes nor backslashes: `parseVmId` has seen to it. */
function quoted(ids: readonly string[]): string {
  return ids.map((id) => `'${id}'`).join(", ");
}

function subscriptionsOf(vms: readonly VmId[]): string[] {
  return [...new Set(vms.map(({ subscriptionId }) => subscriptionId))];
}

async function query(clients: Clients, text: string, subscriptions: readonly string[]): Promise<FoundVm[]> {
  return (await rowsOf(clients, text, subscriptions)).flatMap(readRow);
}

async function rowsOf(clients: Clients, text: string, subscriptions: readonly string[]): Promise<Row[]> {
  const found: Row[] = [];
  let $skipToken: string | undefined;
  do {
    const options = { $top: pageSize, resultFormat: "objectArray", ...($skipToken && { $skipToken }) };
    const body = { query: text, ...(subscriptions.length > 0 && { subscriptions }), options };
    const answer = await clients.ask(path, { "api-version": apiVersion }, body);
    const page = parseResponse(Page, answer.body, "result of a Resource Graph query");
    found.push(...page.data);
    $skipToken = page.$skipToken ?? undefined;
    if ($skipToken) await waitForQuota(answer.headers);
  } while ($skipToken);
  return found;
}

/** Other types are no VMs that can be worked on. An instance of a flexible scale set is found as the VM that it is. */
function readRow({ id, location, tags }: Row): FoundVm[] {
  const vm = parseVmId(id);
  return vm.ok ? [{ vm: vm.value, location, tags: tags ?? {} }] : [];
}

/** Waits until the window of the quota ends, when it has no query left. */
async function waitForQuota(headers: { get(name: string): string | undefined }): Promise<void> {
  if (headers.get("x-ms-user-quota-remaining") !== "0") return;
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(\d+):(\d+):(\d+)$/.exec(headers.get("x-ms-user-quota-resets-after") ?? "") ?? [];
  const wait = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  await setTimeout(Math.min(wait, 10) * 1000);
}

/** Without duplicates, and each instance with the tags of its set, as they count everywhere else. */
async function settle(clients: Clients, found: readonly FoundVm[]): Promise<FoundVm[]> {
  const distinct = [...new Map(found.map((one) => [vmKey(one.vm), one])).values()];
  const sets = new Map<string, VmId>();
  for (const { vm } of distinct) {
    const set = scaleSetIdOf(vm);
    if (set !== null) sets.set(foldId(set), vm);
  }
  const tagsOfSets = await readTagsOfSets(clients, [...sets.values()]);
  return distinct.map((one) => {
    const ofSet = tagsOfSets.get(foldId(scaleSetIdOf(one.vm) ?? ""));
    return ofSet ? { ...one, tags: mergeTags(ofSet, one.tags) } : one;
  });
}

/** The tags of the sets of these instances, by folded id of the set. Whether the row of an instance has the tags of its set is not documented. */
async function readTagsOfSets(clients: Clients, instances: readonly VmId[]): Promise<Map<string, FoundVm["tags"]>> {
  const tags = new Map<string, FoundVm["tags"]>();
  for (let first = 0; first < instances.length; first += idsPerQuery) {
    const some = instances.slice(first, first + idsPerQuery);
    const ids = quoted(some.map((vm) => scaleSetIdOf(vm) ?? ""));
    const text = `resources\n| where id in~ (${ids})\n${columnsOf([scaleSetType])}`;
    for (const row of await rowsOf(clients, text, subscriptionsOf(some))) tags.set(foldId(row.id), row.tags ?? {});
  }
  return tags;
}

/** Azure compares the names of tags without regard to case, and their values with it. */
function hasTag(tags: FoundVm["tags"], { name, value }: { name: string; value: string }): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}
