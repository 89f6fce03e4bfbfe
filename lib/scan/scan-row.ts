import { z } from "zod";
import { writeCsv } from "../core/csv.ts";
import { Finding } from "../core/finding.ts";
import { type Run, RunId } from "../core/run.ts";
import { lockoutsOf } from "./find-lockouts.ts";
import { Lockout } from "./lockout.ts";

/** What a look at one VM shows: what is broken now, and what will lock people out. */
export const ScanRow = z.strictObject({
  vm: z.string().describe("Resource id."),
  runId: RunId.nullable().describe("The run that looked; `null`: none did."),
  looked: z.boolean().describe("Whether anything could be read inside Windows."),
  summary: z.string(),
  faults: z.array(Finding.pick({ check: true, because: true })).describe("What is broken now."),
  lockouts: z.array(Lockout).describe("The soonest first."),
});
export type ScanRow = z.infer<typeof ScanRow>;

/** The part of a row that a run tells. */
export function scanRun(run: Run, days: number): Pick<ScanRow, "looked" | "faults" | "lockouts"> {
  const { before, after, findings, findingsAfter } = run;
  const latest = findingsAfter.length > 0 ? findingsAfter : findings;
  return {
    looked: Boolean((after ?? before)?.guest),
    faults: latest.filter(({ verdict }) => verdict === "faulty").map(({ check, because }) => ({ check, because })),
    lockouts: lockoutsOf(run, days),
  };
}

/** As CSV: a line for each lock-out and each fault. */
export function scanCsv(rows: readonly ScanRow[]): string {
  const lines = rows.flatMap(({ vm, runId, faults, lockouts }) => [
    ...faults.map(({ check, because }) => [vm, "now", check, because, "", runId ?? ""]),
    ...lockouts.map(({ when, kind, because, cure }) => [
      vm,
      when.on === "date" ? when.at : when.on,
      kind,
      because,
      cure,
      runId ?? "",
    ]),
  ]);
  return writeCsv([columns, ...lines]);
}

const columns = ["vm", "when", "kind", "because", "cure", "runId"];
