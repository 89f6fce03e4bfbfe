import { type Change, changeOrder, type WeakenRegistryValue } from "../../lib/core/change.ts";
import { type GuestEvidence, isUnreadable } from "../../lib/core/guest-evidence.ts";
import { withFolderAccess, withKeyAccess } from "../../lib/core/key-permissions.ts";
import type { RegistryValueId } from "../../lib/core/registry-value.ts";
import { composeScript, type ScriptName } from "../../lib/guest/compose.ts";
import { type GuestReply, GuestRequest } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { pwshGuest } from "../../sandbox/guest/pwsh-guest.ts";
import { type FaultName, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows, type WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import { pwsh } from "../fixtures/pwsh.ts";

export const rigTime = new Date("2026-11-21T08:00:00.000Z");

/** A run id that reads as its number. */
export function runId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export function windowsWith(...faults: FaultName[]): WindowsSimulator {
  return simulateWindows(withFaults(healthyWindows(), faults), { now: () => rigTime });
}

/** Both guests; the real scripts are skipped, by name, where there is no PowerShell. */
export const guests = [
  { name: "modelled guest", kind: "modelled", guest: modelledGuest, skip: false },
  { name: "real scripts under pwsh", kind: "pwsh", guest: pwshGuest(pwsh ?? "pwsh"), skip: pwsh === null },
] as const;

/**
 * A process of PowerShell for every script takes a while: by default the real scripts do each scenario, but not each
 * of its variations. GUEST_TESTS=thorough makes them do all.
 */
const thorough = process.env.GUEST_TESTS === "thorough";

/** All of them for the modelled guest, and the first few for the real scripts. */
export function some<Row>(guest: Guest, rows: readonly Row[], few: number): readonly Row[] {
  return guest.kind === "modelled" || thorough ? rows : rows.slice(0, few);
}

/** All of them for the modelled guest, and a few from all over for the real scripts. */
export function spread<Row>(guest: Guest, rows: readonly Row[], few: number): readonly Row[] {
  if (guest.kind === "modelled" || thorough) return rows;
  return rows.filter((_, at) => (at + 1) % Math.ceil(rows.length / (few + 1)) === 0).slice(0, few);
}

/** What two guests have to agree on: everything but the words in which they say it, and the clock. */
export function gist({ evidence, receipts, conflicts, reason, ...reply }: GuestReply) {
  return {
    ...reply,
    reason: reason !== null,
    receipts: receipts.map(({ kind, target, changed }) => ({ kind, target, changed })),
    conflicts: conflicts.length,
    evidence: evidence && { ...evidence, collectedAt: null },
  };
}

interface Asked {
  reply: GuestReply;
  /** Length of the reply's line in bytes. */
  bytes: number;
}

/** Sends one script to a guest as a Run Command would, and reads its reply as a run does. */
export async function ask(
  guest: Guest,
  windows: WindowsSimulator,
  script: ScriptName,
  request: Partial<GuestRequest> & Pick<GuestRequest, "runId" | "step">,
): Promise<Asked> {
  const whole = GuestRequest.parse({ version: 1, notAfter: "2026-11-21T08:10:00.000Z", ...request });
  const { stdout, stderr, exitCode } = await guest.run(windows, composeScript(script, whole));
  const reply = parseReply(stdout, whole);
  if (!reply.ok) throw new Error(`${reply.problem.message}\nexit code ${exitCode}\n${stderr}\n${stdout}`);
  return { reply: reply.value, bytes: Buffer.byteLength(stdout.trimEnd()) };
}

/** The evidence that one look brings home, all of it readable. */
export async function look(guest: Guest, windows: WindowsSimulator): Promise<ReadableEvidence> {
  const { reply } = await ask(guest, windows, "collect", { runId: runId(999), step: "collect-1" });
  return readable(reply.evidence);
}

export type ReadableEvidence = { [Name in keyof GuestEvidence]: Exclude<GuestEvidence[Name], { unreadable: string }> };

export function readable(evidence: GuestEvidence | null): ReadableEvidence {
  if (!evidence) throw new Error("The reply has no evidence.");
  for (const [name, section] of Object.entries(evidence)) {
    if (isUnreadable(section)) throw new Error(`${name}: ${section.unreadable}`);
  }
  return evidence as ReadableEvidence;
}

/** Changes in the order of a plan, each with what the evidence showed. */
export type MakeChanges = (evidence: ReadableEvidence) => Change[];

export function changes(...makers: MakeChanges[]): MakeChanges {
  const order = (change: Change) => changeOrder.indexOf(change.kind);
  return (evidence) => makers.flatMap((make) => make(evidence)).sort((one, other) => order(one) - order(other));
}

export function set(value: RegistryValueId, data: number): MakeChanges {
  return ({ registry }) => [
    { kind: "set-registry-value", value, to: { type: "dword", data }, was: registry[value] ?? null },
  ];
}

export function weaken(value: WeakenRegistryValue["value"], data: number, minutes = 60): MakeChanges {
  return ({ registry }) => [
    { kind: "weaken-registry-value", value, to: { type: "dword", data }, was: registry[value] ?? null, minutes },
  ];
}

export function remove(value: RegistryValueId): MakeChanges {
  return ({ registry }) => {
    const was = registry[value];
    if (!was) throw new Error(`${value} is absent.`);
    return [{ kind: "remove-registry-value", value, was }];
  };
}

export function grantAccess(target: "machine-keys-folder" | "rdp-key"): MakeChanges {
  return ({ keys }) => {
    const facts = target === "rdp-key" ? keys.rdpKey : keys.folder;
    if (!facts) throw new Error(`There is no ${target}.`);
    const { owner, sddl } = facts;
    const to = target === "rdp-key" ? withKeyAccess(sddl, 20348) : withFolderAccess(sddl);
    return [{ kind: "grant-key-access", target, to: { owner, sddl: to }, was: { owner, sddl } }];
  };
}

export const renameRdpKey: MakeChanges = ({ keys: { rdpKey } }) => {
  if (!rdpKey) throw new Error("There is no RDP key.");
  return [{ kind: "rename-rdp-key", was: { name: rdpKey.name, bytes: rdpKey.bytes } }];
};

export function renameFolder(force = false): MakeChanges {
  return ({ keys: { others } }) => [
    { kind: "rename-machine-keys-folder", was: { count: others.count, digest: others.digest }, force },
  ];
}

export const removeCertificates: MakeChanges = ({ certificate: { inUse, others } }) =>
  [...(inUse ? [inUse] : []), ...others]
    .filter((one) => one.store === "Remote Desktop")
    .map(({ thumbprint, notAfter }) => ({ kind: "remove-rdp-certificate", thumbprint, was: { notAfter } }));

export function configure(to: { startMode?: "Manual"; account?: string; type?: "own" }): MakeChanges {
  return ({ services }) => {
    if (!services.TermService) throw new Error("There is no TermService.");
    const { account, startMode, type } = services.TermService;
    const was = { account, startMode, type };
    return [{ kind: "configure-service", service: "TermService", to: { ...was, ...to }, was }];
  };
}

export const enableFirewallGroup: MakeChanges = ({ firewall }) => {
  const disabled = firewall.rules.filter((rule) => rule.group && !rule.enabled).map((rule) => rule.name);
  return [{ kind: "enable-firewall-group", was: { disabled } }];
};

export const openFirewall: MakeChanges = ({ firewall }) =>
  firewall.profiles
    .filter((profile) => profile.blockAll)
    .map((profile) => ({ kind: "set-firewall-inbound", profile: profile.name, to: "block", was: "block-all" }));

export const restart: MakeChanges = ({ services }) => [
  { kind: "restart-rdp-services", was: { TermService: services.TermService?.state ?? "absent" } },
];
