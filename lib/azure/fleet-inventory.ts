import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { parseArmScope } from "../core/arm-scope.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { formatVmId, parseVmId, vmKey } from "../core/vm-id.ts";
import type { FleetInventory, FoundVm, Selection } from "../fleet/ports.ts";
import { callAzure, parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { hasTag } from "./vm-finder.ts";

const path = "/providers/Microsoft.ResourceGraph/resources";
const apiVersion = "2021-03-01";

/** The most rows of a page. */
const pageSize = 1000;

/** The most ids in one query: Azure recommends groups of fewer than 300. */
const idsPerQuery = 250;

/** The columns that are read; `order by id` makes the pages stable. */
const columns = `| where type in~ ('microsoft.compute/virtualmachines', 'microsoft.hybridcompute/machines')
| project id, location, tags
| order by id asc`;

const windowsVms = `resources
| where type in~ ('microsoft.compute/virtualmachines', 'microsoft.hybridcompute/machines')
| where properties.storageProfile.osDisk.osType =~ 'Windows' or properties.osType =~ 'windows'`;

const Page = z.object({
  data: z.array(z.object({ id: z.string(), location: z.string(), tags: z.record(z.string(), z.string()).nullish() })),
  resultTruncated: z.string().nullish(),
  $skipToken: z.string().nullish(),
});

/**
 * Finds VMs through Azure Resource Graph: a page of a thousand for each call, where reading them would take a call each. It
 * shows what the identity may read, as it was some minutes ago.
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
        // A resource id has neither quotes nor backslashes: `parseVmId` has seen to it.
        const ids = vms.map((vm) => `'${formatVmId(vm)}'`).join(", ");
        const subscriptions = [...new Set(vms.map(({ subscriptionId }) => subscriptionId))];
        found.push(...(await query(clients, `resources\n| where id in~ (${ids})\n${columns}`, subscriptions)));
      }
      return ok(distinct(found));
    }
    case "scope": {
      const within = parseArmScope(selection.scope);
      if (!within || within.vm !== null) {
        const text = selection.scope.slice(0, 200);
        return fail(
          "invalid-input",
          `"${text}" is no scope to search. Give the resource id of a subscription or of a resource group.`,
        );
      }
      const { subscriptionId, resourceGroup } = within;
      const group = resourceGroup === null ? "" : `\n| where resourceGroup =~ '${resourceGroup}'`;
      const found = await query(clients, `${windowsVms}${group}\n${columns}`, [subscriptionId]);
      const { tag } = selection;
      // Here, because a query compares the names of tags with regard to case, and Azure does not.
      return ok(distinct(tag ? found.filter(({ tags }) => hasTag(tags, tag)) : found));
    }
    case "query":
      return ok(distinct(await query(clients, `${selection.query}\n${columns}`, selection.subscriptions)));
  }
}

async function query(clients: Clients, text: string, subscriptions: readonly string[]): Promise<FoundVm[]> {
  const found: FoundVm[] = [];
  let $skipToken: string | undefined;
  do {
    const options = { $top: pageSize, resultFormat: "objectArray", ...($skipToken && { $skipToken }) };
    const body = { query: text, ...(subscriptions.length > 0 && { subscriptions }), options };
    const answer = await clients.ask(path, { "api-version": apiVersion }, body);
    const page = parseResponse(Page, answer.body, "result of a Resource Graph query");
    found.push(...page.data.flatMap(readRow));
    $skipToken = page.$skipToken ?? undefined;
    if ($skipToken) await waitForQuota(answer.headers);
  } while ($skipToken);
  return found;
}

/** Other types, and instances of scale sets, are no VMs that can be worked on. */
function readRow({ id, location, tags }: z.infer<typeof Page>["data"][number]): FoundVm[] {
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

function distinct(found: readonly FoundVm[]): FoundVm[] {
  return [...new Map(found.map((one) => [vmKey(one.vm), one])).values()];
}
