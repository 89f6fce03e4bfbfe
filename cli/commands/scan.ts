import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { lookPolicy } from "../../lib/fleet/fleet-operation.ts";
import type { Selection } from "../../lib/fleet/ports.ts";
import { defaultDays } from "../../lib/scan/find-lockouts.ts";
import { scanCsv } from "../../lib/scan/scan-row.ts";
import { type FleetSession, inFleet, startAndFollow } from "../fleet.ts";
import { readSelection } from "../fleet-selection.ts";
import { renderScan } from "../render/scan.ts";
import { type Report, simulationOf } from "../report.ts";
import type { Request } from "../request.ts";
import { readVm } from "../target.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Looks at one VM or many, and tells what is broken now and what will lock people out later. Changes nothing. */
export async function scan(request: Request): Promise<Result<Report>> {
  const { options } = request;
  const selected = readScanned(request);
  if (!selected.ok) return selected;
  const out = options.out === undefined ? null : resolve(options.out);
  if (out && !/\.(csv|json)$/.test(out)) {
    return fail("invalid-input", `--out ${out} must end with .csv or .json.`);
  }
  // Asked before the look, which may take long.
  if (out && existsSync(out)) return fail("invalid-input", `${out} exists already. Name another file with --out.`);
  const atWork = options["at-work"];
  const policy = { ...lookPolicy, ...(atWork && { atWork }) };
  const start = { intent: "diagnose", policy, selection: selected.value } as const;
  return inFleet(request, (session) =>
    startAndFollow(request, session, start, (operation) => reportScan(session, operation.id, options.days, out)),
  );
}

/** One VM by its id or names, or a selection; `null`: all VMs of the sandbox. */
function readScanned(request: Request): Result<Selection | null> {
  const { operand, options } = request;
  const named = operand ?? options.subscription ?? options["resource-group"] ?? options.name;
  if (named === undefined) return readSelection(options);
  if (options.vms ?? options.scope ?? options["graph-query"]) {
    return fail("invalid-input", "Name one VM, or several by --vms, --scope or --graph-query, but not both.");
  }
  const vm = readVm(request);
  return vm.ok ? ok(vm.value && { kind: "list", vms: [vm.value] }) : vm;
}

async function reportScan(
  { fleet, place }: FleetSession,
  operation: string,
  days: number = defaultDays,
  out: string | null,
): Promise<Result<Report>> {
  const found = await fleet.lockouts(operation, days);
  if (!found.ok) return found;
  const rows = found.value;
  const data = { operation, days, value: rows, ...simulationOf(place) };
  if (out) {
    const written = writeNewFile(out, out.endsWith(".csv") ? scanCsv(rows) : `${JSON.stringify(data, null, 2)}\n`);
    if (!written.ok) return written;
  }
  const isQuiet = rows.every(({ looked, faults, lockouts }) => looked && faults.length + lockouts.length === 0);
  return ok({ data, text: (layout) => renderScan(rows, { days, out }, layout), exitCode: isQuiet ? 0 : 1 });
}
