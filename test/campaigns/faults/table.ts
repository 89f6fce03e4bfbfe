import type { CaseResult, FaultCase } from "./case.ts";

/** One case of the campaign and its result. */
export interface Tried extends CaseResult {
  readonly engine: FaultCase["engine"] | "host";
  readonly scenario: string;
  readonly call: string;
  readonly kind: string;
  readonly often: FaultCase["often"];
}

/** As a person names the call: the action without its provider, and the script's step. */
export function nameOfCall({ action, step }: { action: string; step: string | null }): string {
  return [action.replace(/^Microsoft\./, ""), ...(step ? [step] : [])].join(" ");
}

export function nameOfCase({ engine, scenario, call, kind, often }: Omit<Tried, keyof CaseResult>): string {
  return [engine, scenario, call, kind, often].join(" | ");
}

/** The table of docs/faults.md: one row for each call; in its cells the outcomes, each with the faults that led to it. */
export function faultTable(tried: readonly Tried[]): string[] {
  const rows = new Map<string, Tried[]>();
  for (const one of tried) {
    const key = `${one.scenario} | ${one.call}`;
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  return [
    "| scenario | call | the fault comes once | the fault never ends |",
    "|---|---|---|---|",
    ...[...rows].map(([key, cases]) => `| ${key} | ${cellOf(cases, "once")} | ${cellOf(cases, "always")} |`),
  ];
}

function cellOf(cases: readonly Tried[], often: Tried["often"]): string {
  const outcomes = new Map<string, string[]>();
  for (const { kind, ended } of cases.filter((one) => one.often === often && one.engine === "local")) {
    outcomes.set(ended, [...(outcomes.get(ended) ?? []), kind]);
  }
  const [most, ...rest] = [...outcomes].sort(([, one], [, other]) => other.length - one.length);
  // The most frequent outcome stands without its faults: these are all others.
  return [`**${most?.[0]}**`, ...rest.map(([ended, kinds]) => `${ended}: ${kinds.join("; ")}`)].join(" · ");
}
