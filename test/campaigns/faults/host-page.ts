import { machine } from "../report.ts";
import { hostKinds } from "./host-cases.ts";
import { nameOfCase, type Tried } from "./table.ts";

/** The section of docs/faults.md about a real host. `every`: how many cases there are in all. */
export function hostSection(tried: readonly Tried[], local: readonly Tried[], every: number): string[] {
  const wrong = tried.filter(({ violations }) => violations.length > 0);
  const outcomes = new Map<string, number>();
  for (const { ended } of tried) outcomes.set(ended, (outcomes.get(ended) ?? 0) + 1);
  const byCount = [...outcomes].sort(([, one], [, other]) => other - one);
  return [
    "## The same faults in a real Functions host",
    "",
    "`FUNCTIONS_HOST_START=COMMAND npm run -s faults -- --engine host` runs a cut of these cases in a Functions host that COMMAND starts: the",
    "app as it is packed, with Durable Functions over Azurite, in real time, one VM for each case and 24 cases at once. Azure and Windows",
    "are simulated. Every request that changes a VM or opens the way to it meets each kind of fault once; every other call, and every call",
    `to an Arc-enabled server or an instance of a scale set, meets the kinds ${hostKinds.map((kind) => `"${kind}"`).join(" and ")}: ${tried.length} of ${every} cases. Left out are`,
    `${every - tried.length}: other kinds at these calls, and all faults without end, because a run that meets one waits for the deadline of its`,
    "script, half an hour. The same conditions are checked as above.",
    "",
    `Violations: ${wrong.map(nameOfCase).join("; ") || "none"}. Cases that end otherwise than on the local engine: ${differences(tried, local) || "none"}.`,
    `Outcomes: ${byCount.map(([ended, count]) => `${count} ${ended}`).join(", ")}.`,
    "",
    machine(),
  ];
}

function differences(tried: readonly Tried[], local: readonly Tried[]): string {
  const keyOf = (one: Tried) => nameOfCase({ ...one, engine: "local" });
  const endOf = new Map(local.filter(({ engine }) => engine === "local").map((one) => [keyOf(one), one.ended]));
  return tried
    .filter((one) => endOf.get(keyOf(one)) !== one.ended)
    .map((one) => `${nameOfCase(one)}: ${endOf.get(keyOf(one))} / ${one.ended}`)
    .join("; ");
}
