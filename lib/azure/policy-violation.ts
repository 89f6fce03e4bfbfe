import { z } from "zod";

/** One policy that denied a request, by the names that its owner knows. */
export interface PolicyViolation {
  readonly assignment: string;
  readonly definition: string;
  /** Where the assignment stands: a management group, a subscription or a resource group; empty when not named. */
  readonly scope: string;
}

const text = z.string().nullish();

const Info = z.object({
  policyAssignmentName: text,
  policyAssignmentDisplayName: text,
  policyAssignmentScope: text,
  policyDefinitionName: text,
  policyDefinitionDisplayName: text,
});

const Additional = z.array(z.object({ type: z.string(), info: z.unknown() })).catch([]);

/** ARM puts the list on the error itself, or on its details where a template was deployed. */
const Body = z.object({
  error: z.object({
    additionalInfo: Additional.optional(),
    details: z
      .array(z.object({ additionalInfo: Additional.optional() }))
      .catch([])
      .optional(),
  }),
});

const Named = z.object({ name: z.string() }).nullish();
const Identifiers = z.array(z.object({ policyAssignment: Named, policyDefinition: Named }));

/**
 * The policies that an error `RequestDisallowedByPolicy` names: in `additionalInfo`, entries of type
 * `PolicyViolation`; older answers name them in the message alone ("Policy identifiers: '[...]'"). Empty when neither
 * can be read. Source: learn.microsoft.com, azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy,
 * and automation/enforce-job-execution-hybrid-worker, which has a whole answer.
 */
export function policyViolations(body: unknown, message: string): PolicyViolation[] {
  const { error } = Body.safeParse(body).data ?? {};
  const infos = [error?.additionalInfo ?? [], ...(error?.details ?? []).map((one) => one.additionalInfo ?? [])].flat();
  const listed = infos.flatMap(({ type, info }) => {
    const parsed = type === "PolicyViolation" ? Info.safeParse(info).data : undefined;
    if (!parsed) return [];
    return {
      assignment: parsed.policyAssignmentDisplayName || parsed.policyAssignmentName || "",
      definition: parsed.policyDefinitionDisplayName || parsed.policyDefinitionName || "",
      scope: parsed.policyAssignmentScope ?? "",
    };
  });
  return listed.length > 0 ? listed : identifiersIn(message);
}

function identifiersIn(message: string): PolicyViolation[] {
  const [, json = ""] = /Policy identifiers: '(\[.*\])'/s.exec(message) ?? [];
  try {
    return Identifiers.parse(JSON.parse(json)).map(({ policyAssignment, policyDefinition }) => ({
      assignment: policyAssignment?.name ?? "",
      definition: policyDefinition?.name ?? "",
      scope: "",
    }));
  } catch {
    return [];
  }
}
