import { z } from "zod";
import { isWithin, parseArmScope } from "../core/arm-scope.ts";
import type { Result } from "../core/problem.ts";
import { formatVmId, type VmId } from "../core/vm-id.ts";

/*
 * Which identity may do what on which VMs. Rules only narrow: a caller also needs the app role. Without rules every caller
 * has all VMs that the service reaches.
 */

export const accessActions = ["read", "diagnose", "repair", "weaken", "open-network", "approve"] as const;
export type AccessAction = (typeof accessActions)[number];

const Who = z.union(
  [
    z.strictObject({ objectId: z.guid() }).describe("A person or a service principal, by object id."),
    z.strictObject({ applicationId: z.guid() }).describe("An application that signs in as itself, by client id."),
    z.strictObject({ group: z.guid() }).describe("A group, by object id. Tokens need the claim `groups`."),
    z.strictObject({ role: z.string().min(1).max(120) }).describe("Whoever has this app role, by its value."),
    z.strictObject({ alerts: z.literal(true) }).describe("Runs that alerts start."),
  ],
  { error: "needs exactly one of objectId, applicationId, group, role and alerts" },
);

const On = z.strictObject({
  scope: z
    .string()
    .refine(
      (text) => parseArmScope(text) !== null,
      "must be the resource id of a subscription, resource group, scale set or VM",
    ),
  tag: z
    .strictObject({ name: z.string().min(1).max(512), value: z.string().max(256) })
    .optional()
    .describe("Only VMs within the scope that carry this tag."),
});

const Rule = z.strictObject({
  name: z.string().min(1).max(80).describe("For people."),
  who: z.array(Who).min(1).max(100),
  may: z
    .array(z.enum(accessActions))
    .min(1)
    .describe("`repair` includes undo, and `diagnose`; each includes `read`, which no other action needs."),
  on: z.array(On).min(1).max(200),
});

export const AccessRules = z
  .strictObject({ $schema: z.string().optional(), rules: z.array(Rule).min(1).max(500) })
  .meta({
    title: "Access rules",
    description: "Which identity may do what on which VMs. What no rule allows is refused.",
  });
export type AccessRules = z.infer<typeof AccessRules>;

/** The access rules of a service, and where to read a VM's tags when a rule depends on them. */
export interface Access {
  readonly rules: AccessRules;
  /** `null` when there is no such VM. */
  readonly tagsOf: (vm: VmId) => Promise<Result<Readonly<Record<string, string>> | null>>;
}

/** A caller as rules name it. */
export interface Identity {
  readonly objectId: string;
  /** Only of an application that acts for itself: one that acts for a person has that person's rights. */
  readonly applicationId: string | null;
  readonly groups: readonly string[];
  /** Values of app roles, those of this service and others of its app registration. */
  readonly roles: readonly string[];
}

/** The principal of runs that alerts start. */
export const alertsPrincipal = "alerts";

/** Of all that an identity is, what the rules mention: few texts, which a run keeps for the check before its scripts. */
export function principalsOf({ rules }: AccessRules, { objectId, applicationId, groups, roles }: Identity): string[] {
  const all = [
    `objectId:${objectId.toLowerCase()}`,
    ...(applicationId === null ? [] : [`applicationId:${applicationId.toLowerCase()}`]),
    ...groups.map((group) => `group:${group.toLowerCase()}`),
    ...roles.map((role) => `role:${role}`),
  ];
  const mentioned = new Set(rules.flatMap(({ who }) => who.map(principalIn)));
  return all.filter((principal) => mentioned.has(principal));
}

/** `depends-on-tags`: a rule allows it on VMs with some tag, and the tags are not known. */
export type AccessAnswer = "allowed" | "refused" | "depends-on-tags";

/** What the rules say. `tags` are those of the VM; `null` while they are not known. */
export function mayDo(
  { rules }: AccessRules,
  principals: readonly string[],
  action: AccessAction,
  vm: VmId,
  tags: Readonly<Record<string, string>> | null,
): AccessAnswer {
  const places = rules
    .filter(
      ({ who, may }) => who.some((one) => principals.includes(principalIn(one))) && may.some(includesAction(action)),
    )
    .flatMap(({ on }) => on)
    .filter(({ scope }) => {
      const parsed = parseArmScope(scope);
      return parsed !== null && isWithin(formatVmId(vm), parsed);
    });
  if (places.some(({ tag }) => tag === undefined || (tags !== null && carries(tags, tag)))) return "allowed";
  return places.length > 0 && tags === null ? "depends-on-tags" : "refused";
}

function principalIn(who: z.infer<typeof Who>): string {
  if ("alerts" in who) return alertsPrincipal;
  if ("role" in who) return `role:${who.role}`;
  const [[kind, id] = ["", ""]] = Object.entries(who);
  return `${kind}:${id.toLowerCase()}`;
}

function includesAction(asked: AccessAction): (given: AccessAction) => boolean {
  return (given) => given === asked || asked === "read" || (asked === "diagnose" && given === "repair");
}

/** Azure compares the names of tags without regard to case, and their values with it. */
function carries(tags: Readonly<Record<string, string>>, { name, value }: { name: string; value: string }): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}
