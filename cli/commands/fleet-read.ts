import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { resultFormats } from "../../lib/fleet/result-formats.ts";
import { writeResults } from "../../lib/fleet/results-files.ts";
import { connectService } from "../connect-service.ts";
import { reportOperation } from "../fleet.ts";
import type { FleetHistory } from "../fleet-port.ts";
import { createLocalFleetHistory } from "../local-fleet.ts";
import { placeOf } from "../place.ts";
import { renderOperations } from "../render/fleet.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { createServiceFleetHistory } from "../service-fleet.ts";
import { readOperationId } from "../target.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Lists the stored operations, newest first. */
export async function listFleets(request: Request): Promise<Result<Report>> {
  const history = await openFleets(request);
  if (!history.ok) return history;
  const listed = await history.value.list(request.options.limit);
  if (!listed.ok) return listed;
  return ok({ data: listed.value, text: (layout) => renderOperations(listed.value, layout), exitCode: 0 as const });
}

/** Shows one operation. The exit code is 0 whatever its outcome. */
export async function showFleet(request: Request): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  const history = await openFleets(request);
  if (!history.ok) return history;
  const found = await history.value.get(id.value);
  return found.ok ? ok({ ...reportOperation(found.value, placeOf(request)), exitCode: 0 as const }) : found;
}

/** Writes the results of an operation to a new file. */
export async function writeFleetResults(request: Request): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  const path = resolve(request.options.out ?? `rdp-${id.value}.csv`);
  const format = resultFormats.find((one) => path.endsWith(`.${one}`));
  if (!format)
    return fail("invalid-input", `--out ${path} must end with ${resultFormats.map((one) => `.${one}`).join(", ")}.`);
  const history = await openFleets(request);
  if (!history.ok) return history;
  const operation = await history.value.get(id.value);
  if (!operation.ok) return operation;
  const rows = await history.value.rows(id.value);
  if (!rows.ok) return rows;
  const written = writeNewFile(path, writeResults(format, operation.value, rows.value));
  if (!written.ok) return written;
  const vms = rows.value.length;
  return ok({ data: { path, vms }, text: () => [`Wrote ${path} (${vms} VMs).`], exitCode: 0 });
}

async function openFleets(request: Request): Promise<Result<FleetHistory>> {
  const client = await connectService(request);
  if (!client.ok) return client;
  return ok(client.value ? createServiceFleetHistory(client.value) : createLocalFleetHistory(request));
}
