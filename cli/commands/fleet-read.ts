import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import type { FleetOperation } from "../../lib/fleet/fleet-operation.ts";
import { viewOperation } from "../../lib/fleet/operation-view.ts";
import type { OperationStore } from "../../lib/fleet/ports.ts";
import { resultFormats } from "../../lib/fleet/result-formats.ts";
import { allResultRows, type ResultRow } from "../../lib/fleet/results.ts";
import { writeResults } from "../../lib/fleet/results-files.ts";
import { reportOperation } from "../fleet.ts";
import { withHistory } from "../history.ts";
import { renderOperations } from "../render/fleet.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { readOperationId } from "../target.ts";

/** Lists the operations stored on this machine, newest first. */
export function listFleets(request: Request): Promise<Result<Report>> {
  return withHistory(request, async (store) => {
    const { operations } = await store.listOperations({ limit: request.options.limit });
    const views = operations.map(viewOperation);
    return ok({ data: views, text: (layout) => renderOperations(views, layout), exitCode: 0 as const });
  });
}

/** Shows one operation. The exit code is 0 whatever its outcome. */
export function showFleet(request: Request): Promise<Result<Report>> {
  return withOperation(request, async (operation) => {
    const place = { program: request.terminal.program, sandbox: null };
    return ok({ ...reportOperation(operation, place), exitCode: 0 as const });
  });
}

/** Writes the results of an operation to a new file. */
export function writeFleetResults(request: Request): Promise<Result<Report>> {
  return withOperation(request, async (operation, store) => {
    const path = resolve(request.options.out ?? `rdp-${operation.id}.csv`);
    const format = resultFormats.find((one) => path.endsWith(`.${one}`));
    if (!format)
      return fail("invalid-input", `--out ${path} must end with ${resultFormats.map((one) => `.${one}`).join(", ")}.`);
    const rows: ResultRow[] = [];
    for await (const row of allResultRows(store, operation)) rows.push(row);
    try {
      writeFileSync(path, writeResults(format, viewOperation(operation), rows), { flag: "wx", mode: 0o600 });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return fail(
        "invalid-input",
        `The results could not be written to ${path}: ${why}. Name another file with --out.`,
      );
    }
    return ok({ data: { path, vms: rows.length }, text: () => [`Wrote ${path} (${rows.length} VMs).`], exitCode: 0 });
  });
}

async function withOperation(
  request: Request,
  read: (operation: FleetOperation, store: OperationStore) => Promise<Result<Report>>,
): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return withHistory(request, async (store) => {
    const stored = await store.getOperation(id.value);
    if (stored) return read(stored.operation, store);
    return fail("operation-not-found", `There is no operation ${id.value} here. fleet list lists them.`);
  });
}
