import { z } from "zod";

/*
 * A change to a network that this service never makes itself: the rule that would allow one source, for the owner of
 * the network security group. The schema is the contract between the service and the pipeline that deploys the rule.
 * Both validate with it, so the pipeline rejects every proposal that the service may not make.
 */

/** The shortest allowed prefix: a shorter one is a large part of the Internet, not a source. */
export const leastPrefixLength = { 4: 8, 6: 16 } as const;

/** The longest time for which a rule is proposed. */
export const longestLifeMs = 7 * 24 * 60 * 60_000;

const anyCidr = z.union([z.cidrv4(), z.cidrv6()]);

// Not the union itself: JSON Schema does not know its formats.
const Cidr = z
  .string()
  .refine((text) => anyCidr.safeParse(text).success, {
    error: "must be a CIDR: an address with /32 or /128, or a range",
    abort: true,
  })
  .refine((cidr) => Number(cidr.split("/")[1]) >= leastPrefixLength[cidr.includes(":") ? 6 : 4], {
    error: `must not be broader than /${leastPrefixLength[4]}, or /${leastPrefixLength[6]} for IPv6`,
  });

/** Only the characters that Azure allows in these names, so that no name can end a quoted string. */
const NsgId = z
  .string()
  .regex(
    /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[\p{L}\p{N}_().-]{1,90}\/providers\/Microsoft\.Network\/networkSecurityGroups\/\w[\w.-]{0,79}$/iu,
    "must be the resource id of a network security group",
  );

/** The priority of an inbound rule: unique in its group and direction, lowest first. */
const Priority = z.int().min(100).max(4096);

/** The letters and digits of any language, `_`, `.` and `-`: all that Azure accepts in the name of a rule. */
const RuleName = z.string().regex(/^[\p{L}\p{N}_.-]{1,80}$/u, "must be the name of a rule");

/** The proposed rule's place in one group, and the rule there that denies without it. */
export const ProposedRule = z.strictObject({
  nsgId: NsgId,
  priority: Priority,
  before: z.strictObject({ rule: RuleName, priority: z.int() }),
});
export type ProposedRule = z.infer<typeof ProposedRule>;

/** One source to allow: the same rule in each group that denies it, and in no other group. */
export const NetworkProposal = z
  .strictObject({
    /** The run that found the denial; `name` contains its first eight digits. */
    runId: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    name: z.string().regex(/^Allow-RDP-[0-9a-f]{8}(-\d{1,2})?$/),
    source: Cidr,
    /** The address that network security groups see: the private one of the VM, or that of a front end with floating IP. */
    destination: z.union([z.ipv4(), z.ipv6()], { error: "must be an address" }),
    port: z.int().min(1).max(65_535),
    /** When the rule must be removed again. */
    expiresAt: z.iso.datetime(),
    rules: z.array(ProposedRule).min(1).max(2),
  })
  .refine(({ name, runId }) => name.startsWith(proposedName(runId)), { path: ["name"], error: "is of another run" })
  .refine(({ source, destination }) => source.includes(":") === destination.includes(":"), {
    path: ["source"],
    error: "is not of the destination's family",
  })
  .refine(({ rules }) => new Set(rules.map(({ nsgId }) => nsgId.toLowerCase())).size === rules.length, {
    path: ["rules"],
    error: "name a group twice",
  })
  .refine(({ rules }) => rules.every(({ priority, before }) => priority < before.priority), {
    path: ["rules"],
    error: "would come after the rule that denies",
  });
export type NetworkProposal = z.infer<typeof NetworkProposal>;

/** A denied source for which nothing is proposed, and why: one or two English sentences that say what to do instead. */
export const NotProposed = z.strictObject({ source: z.string(), because: z.string() });
export type NotProposed = z.infer<typeof NotProposed>;

/** The prefix of the names of all rules of a run. */
export function proposedName(runId: string): string {
  return `Allow-RDP-${runId.slice(0, 8)}`;
}

const description = /^RDP remediation run ([0-9a-f-]{36}), expires (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/**
 * The description of the deployed rule. It alone identifies the rule, so that the rule is removed in time. ARM accepts
 * 140 characters.
 */
export function describeRule({ runId, expiresAt }: Pick<NetworkProposal, "runId" | "expiresAt">): string {
  return `RDP remediation run ${runId}, expires ${new Date(expiresAt).toISOString().slice(0, 19)}Z`;
}

/** The run and the expiry of a deployed rule; `null` when the rule is not ours. */
export function readDescription(text: string): Pick<NetworkProposal, "runId" | "expiresAt"> | null {
  const [, runId, expiresAt] = description.exec(text) ?? [];
  return runId && expiresAt && !Number.isNaN(Date.parse(expiresAt)) ? { runId, expiresAt } : null;
}
