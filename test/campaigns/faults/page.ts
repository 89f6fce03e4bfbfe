import { engineNames } from "../rig.ts";
import { faultKinds } from "./kinds.ts";
import { faultTable, nameOfCase, type Tried } from "./table.ts";

/** The section of docs/faults.md. */
export function faultsSection(tried: readonly Tried[]): string[] {
  const wrong = tried.filter(({ violations }) => violations.length > 0);
  const calls = new Set(tried.map(({ call }) => call)).size;
  return [
    "# Faults of Azure, and how runs end",
    "",
    `\`npm run -s faults\` disturbs each of the ${calls} calls that runs make of Azure Resource Manager with each of ${faultKinds.length} kinds of`,
    `fault, once and without end, on both engines (${engineNames.join(", ")}): ${tried.length} runs. The Azure SDKs are real, Azure and Windows are`,
    "simulated (the modelled guest), and time is simulated. The engine on Durable Functions runs in a replaying host in this process;",
    "a real host follows below.",
    "",
    "After every run these hold, or the command fails and names the case: no script is executed twice; no script is ended by a",
    "DELETE; the VM is restarted once at most; the outcome agrees with what happened in Windows; a run whose changes may be in effect",
    "can be undone; no run ends as a bug, or takes more than two hours; no Run Command is left behind, unless its deletion fails without end,",
    "which the log then says. One fault that passes never changes the outcome; a refusal (400, 401, 403, 404) changes it only",
    "at a request that comes before the first change of its step.",
    "",
    `Violations: ${wrong.length === 0 ? "none" : wrong.map(nameOfCase).join("; ")}. Cases in which the engines differ: ${differences(tried) || "none"}.`,
    "",
    "In each cell the most frequent outcome is in bold, and stands for all kinds of faults that are not named after another one.",
    '"before" and "after" tell whether Azure carried out the request. Kinds of faults: ' +
      `${faultKinds.map(({ name }) => name).join("; ")}.`,
    "",
    ...faultTable(tried),
  ];
}

function differences(tried: readonly Tried[]): string {
  const local = new Map(tried.filter(({ engine }) => engine === "local").map((one) => [keyOf(one), one.ended]));
  return tried
    .filter((one) => one.engine === "durable" && local.get(keyOf(one)) !== one.ended)
    .map((one) => `${keyOf(one)}: ${local.get(keyOf(one))} / ${one.ended}`)
    .join("; ");
}

function keyOf({ scenario, call, kind, often }: Tried): string {
  return [scenario, call, kind, often].join(" | ");
}
