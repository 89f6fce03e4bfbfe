import { z } from "zod";
import { invalidQuery, tooManyRequests } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply } from "../http.ts";
import type { Machine } from "../machine.ts";
import type { Row } from "../resource-graph/conditions.ts";
import { parseQuery, type Table } from "../resource-graph/kql.ts";
import { QueryError } from "../resource-graph/tokens.ts";
import type { Handler } from "../route.ts";
import { scaleSetsOf } from "../scale-sets.ts";

/** The most rows of a page, and how many there are when the request does not say. */
const mostRows = 1000;

const Request = z.object({
  query: z.string(),
  subscriptions: z.array(z.string()).optional(),
  options: z
    .object({
      $top: z.number().int().min(1).max(mostRows).default(mostRows),
      $skipToken: z.string().optional(),
      resultFormat: z.literal("objectArray").default("objectArray"),
    })
    .prefault({}),
});

/**
 * Answers a query over the machines and scale sets that the caller may read, in pages. The real one shows the state of some minutes ago, and a
 * page goes on only where the rows have an id (`resultTruncated` without `$skipToken` otherwise).
 */
export const queryResources: Handler = ({ body, by, mayRead }, azure) => {
  const quota = azure.resourceGraphQuota.charge(by);
  if (quota.exceeded && azure.world.throttling) {
    const refused = tooManyRequests("RateLimiting", quota.retryAfterSeconds);
    return { ...refused, headers: { ...refused.headers, ...quota.headers } };
  }
  const asked = Request.safeParse(body);
  if (!asked.success) {
    const [issue] = asked.error.issues;
    return invalidQuery("InvalidRequest", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
  }
  const { query, subscriptions, options } = asked.data;
  const wanted = subscriptions?.map((one) => one.toLowerCase());
  const isWanted = (subscriptionId: string) => !wanted || wanted.includes(subscriptionId.toLowerCase());
  const rowsOf = (table: Table) => [
    ...azure.machines
      .filter(({ spec }) => (spec.kind === "scale-set-instance") === (table === "computeresources"))
      .filter(({ subscriptionId }) => isWanted(subscriptionId))
      .filter(({ id, type }) => mayRead(`${type}/read`, id))
      .map((machine) => rowOf(machine, azure)),
    ...(table === "resources" ? scaleSetsOf(azure) : [])
      .filter(({ member }) => isWanted(member.subscriptionId))
      .filter(({ id }) => mayRead("Microsoft.Compute/virtualMachineScaleSets/read", id))
      .map((set) => rowOfSet(set, azure)),
  ];
  try {
    const rows = parseQuery(query)(rowsOf);
    return jsonReply(pageOf(rows, options), 200, { ...quota.headers });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const what = error.kind === "UnsupportedBySandbox" ? "this sandbox does not understand " : "";
    return invalidQuery(error.kind, `${what}${error.message}`);
  }
};

function pageOf(rows: readonly Row[], { $top, $skipToken }: z.infer<typeof Request>["options"]) {
  const from = $skipToken === undefined ? 0 : Number(Buffer.from($skipToken, "base64url").toString());
  const data = rows.slice(from, from + $top);
  const isCut = from + $top < rows.length;
  const hasIds = rows.every(({ id }) => typeof id === "string");
  return {
    totalRecords: rows.length,
    count: data.length,
    data,
    facets: [],
    resultTruncated: isCut && !hasIds ? "true" : "false",
    ...(isCut && hasIds && { $skipToken: Buffer.from(String(from + $top)).toString("base64url") }),
  };
}

function rowOfSet({ id, name, member }: ReturnType<typeof scaleSetsOf>[number], { tenantId }: Azure): Row {
  const { location, resourceGroup, subscriptionId, spec } = member;
  return {
    id,
    name,
    type: "microsoft.compute/virtualmachinescalesets",
    tenantId,
    location,
    resourceGroup: resourceGroup.toLowerCase(),
    subscriptionId,
    tags: spec.instance.setTags,
    properties: { orchestrationMode: spec.kind === "scale-set-instance" ? "Uniform" : "Flexible" },
  };
}

/** The row of a machine in its table: type and resource group are in lower case there. */
function rowOf(machine: Machine, { tenantId }: Azure): Row {
  const { id, name, type, location, resourceGroup, subscriptionId, spec, powerState, vmId } = machine;
  return {
    id,
    name,
    type: type.toLowerCase(),
    tenantId,
    location,
    resourceGroup: resourceGroup.toLowerCase(),
    subscriptionId,
    tags: spec.tags,
    properties:
      spec.kind === "arc-machine"
        ? { vmId, osType: spec.osType.toLowerCase() }
        : {
            vmId,
            storageProfile: { osDisk: { osType: spec.osType } },
            extended: { instanceView: { powerState: { code: `PowerState/${powerState}` } } },
          },
  };
}
