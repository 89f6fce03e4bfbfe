import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { createOperation } from "../../lib/fleet/create-operation.ts";
import { type FleetOperation, FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import type { Selection } from "../../lib/fleet/ports.ts";
import { scanRows } from "../../lib/fleet/scan-rows.ts";
import { describeSelection, selectTargets } from "../../lib/fleet/select-targets.ts";
import { defaultDays } from "../../lib/scan/find-lockouts.ts";
import { scanCsv } from "../../lib/scan/scan-row.ts";
import { followFleet, inFleet } from "../fleet.ts";
import { readSelection, sandboxSelection } from "../fleet-selection.ts";
import { renderScan } from "../render/scan.ts";
import { type Report, simulationOf } from "../report.ts";
import type { Request } from "../request.ts";
import { type OpenSession, userName } from "../session.ts";
import { runOptions } from "../start-run.ts";
import { readVm } from "../target.ts";

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
  return inFleet(request, async (opened) => {
    const { local, place } = opened;
    const selection = selected.value ?? sandboxSelection(place.sandbox?.firstVm);
    const found = await selectTargets(local.inventory, selection, async () => ok(true));
    if (!found.ok) return found;
    const atWork = options["at-work"];
    const created = createOperation(
      {
        id: randomUUID(),
        intent: "diagnose",
        options: runOptions(options, "diagnose", null),
        trigger: { kind: "terminal", by: userName() },
        request: "",
        selection: describeSelection(selection),
        // A look changes nothing, so one wave is enough, and a VM that fails says nothing about the next.
        policy: FleetPolicy.parse({ canary: 0, waves: [100], failurePercent: 100, ...(atWork && { atWork }) }),
        targets: found.value.targets,
      },
      new Date(),
    );
    if (!created.ok) return created;
    const { id } = await local.fleet.start(created.value);
    return followFleet(request, opened, id, (operation) => reportScan(opened, operation, options.days, out));
  });
}

/** One VM by its id or names, or a selection; `null`: all VMs of the sandbox. */
function readScanned(request: Request): Result<Selection | null> {
  const { operand, options } = request;
  const named = operand ?? options.subscription ?? options["resource-group"] ?? options.name;
  if (named === undefined) return readSelection(options);
  if (options.vms ?? options.scope ?? options.query) {
    return fail("invalid-input", "Name one VM, or several by --vms, --scope or --query, but not both.");
  }
  const vm = readVm(request);
  return vm.ok ? ok(vm.value && { kind: "list", vms: [vm.value] }) : vm;
}

async function reportScan(
  { local, place }: OpenSession,
  operation: FleetOperation,
  days: number = defaultDays,
  out: string | null,
): Promise<Report> {
  const rows = await scanRows(local, operation, days, 0, operation.total);
  const data = { operation: operation.id, days, value: rows, ...simulationOf(place) };
  if (out) {
    const text = out.endsWith(".csv") ? scanCsv(rows) : `${JSON.stringify(data, null, 2)}\n`;
    writeFileSync(out, text, { flag: "wx", mode: 0o600 });
  }
  const isQuiet = rows.every(({ looked, faults, lockouts }) => looked && faults.length + lockouts.length === 0);
  return { data, text: (layout) => renderScan(rows, { days, out }, layout), exitCode: isQuiet ? 0 : 1 };
}
