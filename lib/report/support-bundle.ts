import { describeChange } from "../core/change.ts";
import type { Evidence } from "../core/evidence.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import type { Run } from "../core/run.ts";
import { formatVmId, nameParts } from "../core/vm-id.ts";
import { createRedactor, type Redact } from "./redact.ts";

/** One file of a bundle. */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

/**
 * What a support engineer needs to take over: words to open the case with, and everything that the run observed and did,
 * as JSON. Redacted, unless `redacts` is false: names of resources, accounts, addresses, subjects and ids become
 * placeholders. Thumbprints, versions, event counts and permissions stay.
 */
export function supportBundle(run: Run, { redacts = true } = {}): BundleFile[] {
  const redact: Redact = redacts ? createRedactor(namesOf(run), run, [run.id]) : (value) => value;
  const { before, after } = run;
  const json = (path: string, value: unknown): BundleFile => ({
    path,
    text: `${JSON.stringify(redact(value), null, 2)}\n`,
  });
  return [
    { path: "case.md", text: redact(caseText(run, redacts)) },
    json("azure.json", { before: before?.azure ?? null, after: after?.azure ?? null }),
    json("evidence.json", { before: before?.guest ?? null, after: after?.guest ?? null }),
    json("network.json", { before: before?.network ?? [], after: after?.network ?? [], proposals: run.proposals }),
    json("findings.json", { before: run.findings, after: run.findingsAfter }),
    json("plan.json", {
      plan: run.plan,
      earlierPlans: run.earlierPlans,
      decision: run.decision,
      receipts: run.receipts,
    }),
    json("timeline.json", run.log),
    json("request.json", { ...pick(run), options: run.options, trigger: run.trigger, outcome: run.outcome }),
  ];
}

function pick({ id, intent, state, createdAt, updatedAt, scriptsStarted, outside, conflicts }: Run) {
  return { id, intent, state, createdAt, updatedAt, scriptsStarted, outside, conflicts };
}

/** What identifies somebody or something, by the word of its placeholder. The run's own id stays: logs name it. */
function namesOf({ vm, trigger, before, decision }: Run): { word: string; text: string }[] {
  const system = before?.guest?.system;
  const known = system && !isUnreadable(system) ? system : null;
  const tags = Object.entries(before?.azure.vm.tags ?? {}).filter(([name]) => !name.startsWith("rdp-"));
  return [
    { word: "vm", text: nameParts(vm)[0] },
    { word: "resource-group", text: vm.resourceGroup },
    { word: "id", text: vm.subscriptionId },
    { word: "account", text: trigger.by },
    ...(decision ? [{ word: "account", text: decision.by }] : []),
    ...(known ? [{ word: "computer", text: known.computerName }] : []),
    ...tags.map(([, text]) => ({ word: "tag", text })),
  ];
}

function caseText(run: Run, redacted: boolean): string {
  const { outcome, before, after, findings, findingsAfter, plan, receipts, log } = run;
  const latest = findingsAfter.length > 0 ? findingsAfter : findings;
  const faults = latest.filter(({ verdict }) => verdict === "faulty");
  const open = latest.filter(({ verdict }) => verdict === "unknown");
  const list = (items: readonly string[], none: string) =>
    items.length > 0 ? items.map((item) => `- ${item}`) : [none];
  return [
    "# Remote Desktop to an Azure VM fails",
    "",
    "## For the case",
    "",
    `Remote Desktop to the Windows VM ${formatVmId(run.vm)} does not work. It was examined on ${run.createdAt} (UTC) through Run Command, run ${run.id}.`,
    `Outcome: ${outcome?.kind ?? run.state}. ${outcome?.summary ?? log.at(-1)?.message ?? ""}`,
    "Please look at the faults below; each names the fact that decided. The evidence is in the JSON files beside this text.",
    ...(redacted
      ? ["Names, accounts, addresses and ids are replaced by placeholders; they can be given on request."]
      : []),
    "",
    "## Azure",
    "",
    ...list(azureStates(after ?? before), "Azure was not read."),
    "",
    "## Faults",
    "",
    ...list(
      faults.map(({ check, because }) => `${check}: ${because}`),
      "None was found.",
    ),
    "",
    "## Not judged",
    "",
    ...list(
      [
        ...open.map(({ check, because }) => `${check}: ${because}`),
        ...(outcome?.coverage?.notLooked ?? []).map(({ what }) => `not looked at: ${what}`),
      ],
      "Nothing.",
    ),
    "",
    "## Handshakes",
    "",
    ...list(handshakes(run), "None was made."),
    "",
    "## Plan",
    "",
    ...list(plan?.changes.map(describeChange) ?? [], "No change was planned."),
    "",
    "## Changes that were made",
    "",
    ...list(
      receipts.map(
        ({ kind, target, changed, note }) =>
          `${kind} ${target}: ${changed ? "changed" : "unchanged"}${note ? ` (${note})` : ""}`,
      ),
      "None.",
    ),
    "",
    "## Timeline (UTC)",
    "",
    ...log.map(({ at, state, message }) => `- ${at} ${state}: ${message}`),
    "",
  ].join("\n");
}

function azureStates(evidence: Evidence | null): string[] {
  if (!evidence) return [];
  const { vm } = evidence.azure;
  const agent = vm.agent ? `${vm.agent.status}, version ${vm.agent.version}` : "not reported";
  return [`power state: ${vm.powerState}`, `provisioning state: ${vm.provisioningState}`, `VM agent: ${agent}`];
}

function handshakes({ before, after, outside }: Run): string[] {
  const inside = (when: string, evidence: Evidence | null) => {
    const handshake = evidence?.guest?.handshake;
    return handshake ? [`on the VM, ${when}: ${JSON.stringify(handshake)}`] : [];
  };
  const outer = (when: string, made: Run["outside"]["before"]) =>
    made ? [`from the service, ${when}: ${made.completed ? "completed" : "failed"}. ${made.because}`] : [];
  return [
    ...inside("before", before),
    ...inside("after", after),
    ...outer("before", outside.before),
    ...outer("after", outside.after),
  ];
}
