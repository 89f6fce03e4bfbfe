import type { z } from "zod";
import type { FleetOperation } from "../../fleet/fleet-operation.ts";
import { viewOperation } from "../../fleet/operation-view.ts";
import { allResultRows, type ResultRow, resultRows } from "../../fleet/results.ts";
import { writeResults } from "../../fleet/results-files.ts";
import { scanRows } from "../../fleet/scan-rows.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { ListOperations, OperationLockouts, OperationResults } from "../requests.ts";
import type { Call } from "../route.ts";
import { mayReadOperation, presentFleet, readableOperation } from "./operation-monitor.ts";

/** One page of operations, newest first. */
export async function listOperations(call: Call<z.infer<typeof ListOperations>, undefined>): Promise<ApiResponse> {
  const { $top, $skipToken } = call.query;
  const after = $skipToken && Buffer.from($skipToken, "base64url").toString("utf8");
  const page = await call.deps.fleet.store.listOperations({ limit: $top, ...(after && { after }) });
  // A page with operations of others is shorter; its link leads on all the same.
  const may = await Promise.all(page.operations.map((one) => mayReadOperation(call, one)));
  const value = page.operations.filter((_, at) => may[at]).map(presentFleet);
  if (page.next === null) return jsonResponse(200, { value });
  const link = new URL(`${call.base}/api/operations`);
  link.searchParams.set("$top", String($top));
  link.searchParams.set("$skipToken", Buffer.from(page.next).toString("base64url"));
  return jsonResponse(200, { value, nextLink: link.href });
}

/** What became of each VM, in pages. */
export async function getOperationResults(
  call: Call<z.infer<typeof OperationResults>, undefined>,
): Promise<ApiResponse> {
  const { query, deps } = call;
  const found = await readableOperation(call);
  if (!found.ok) return problemResponse(found.problem);
  const operation = found.value;
  return pageOf(call, operation, "results", query, (from, to) => resultRows(deps.fleet.store, operation, from, to));
}

/** What is broken now, and what will lock people out of each VM, in pages. */
export async function getOperationLockouts(
  call: Call<z.infer<typeof OperationLockouts>, undefined>,
): Promise<ApiResponse> {
  const { query, deps } = call;
  const found = await readableOperation(call);
  if (!found.ok) return problemResponse(found.problem);
  const operation = found.value;
  const sources = { store: deps.fleet.store, engine: deps.engine };
  return pageOf(call, operation, "lockouts", query, (from, to) => scanRows(sources, operation, query.days, from, to));
}

/** One page of rows about the VMs of an operation, with the link to the next. */
async function pageOf<Row>(
  { base, id }: Pick<Call<unknown, unknown>, "base" | "id">,
  { total }: FleetOperation,
  path: string,
  query: z.infer<typeof OperationResults>,
  read: (from: number, to: number) => Promise<Row[]>,
): Promise<ApiResponse> {
  const { $top, $skip } = query;
  const end = Math.min($skip + $top, total);
  const value = $skip < end ? await read($skip, end) : [];
  if (end >= total) return jsonResponse(200, { value });
  const link = new URL(`${base}/api/operations/${id}/${path}`);
  for (const [name, given] of Object.entries({ ...query, $skip: end })) link.searchParams.set(name, String(given));
  return jsonResponse(200, { value, nextLink: link.href });
}

const headersOf = {
  csv: { "content-type": "text/csv; charset=utf-8" },
  html: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
  },
} as const;

/** What became of each VM as one file; the same as `fleet results` writes. */
export function getOperationFile(format: "csv" | "html"): (call: Call<undefined, undefined>) => Promise<ApiResponse> {
  return async (call) => {
    const found = await readableOperation(call);
    if (!found.ok) return problemResponse(found.problem);
    const rows: ResultRow[] = [];
    for await (const row of allResultRows(call.deps.fleet.store, found.value)) rows.push(row);
    const kind = format === "csv" ? "attachment" : "inline";
    const headers = { ...headersOf[format], "content-disposition": `${kind}; filename="rdp-${call.id}.${format}"` };
    return {
      status: 200,
      headers,
      body: new TextEncoder().encode(writeResults(format, viewOperation(found.value), rows)),
    };
  };
}
