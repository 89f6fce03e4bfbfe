import type { ProblemCode } from "../core/problem.ts";
import type { PolicyViolation } from "./policy-violation.ts";

/*
 * Maps the errors of ARM and of the compute provider to problems of this product. Their codes and messages come from
 * Azure's documents and from public reports. Pure.
 */

/** An error that Azure answered with. */
export interface ArmError {
  readonly status: number;
  /** ARM's error code; empty when the body had none, as from a proxy. */
  readonly code: string;
  /** ARM's sentence, fit for people. */
  readonly text: string;
  /** The tenant that Azure asks to sign in to. */
  readonly tenant?: string | undefined;
  /** The policies that denied the request. */
  readonly policies?: readonly PolicyViolation[];
}

export interface ArmErrorMeaning {
  readonly code: ProblemCode;
  readonly retryable: boolean;
  /** What is so, and what to do next. */
  readonly sentence: string;
}

interface Row {
  readonly when: (refusal: ArmError) => boolean;
  readonly code: ProblemCode;
  readonly retryable?: true;
  readonly say: (refusal: ArmError) => string;
}

/** The first that applies decides. */
const rows: readonly Row[] = [
  {
    when: ({ text }) => /maximum number of managed run commands/i.test(text),
    code: "run-command-limit",
    say: () =>
      "the VM already holds as many Run Commands as Azure keeps. Delete old ones (az vm run-command list, delete) and try again.",
  },
  {
    // Conflict, as for a busy VM. Source of the words: Azure/azure-cli#32305, MicrosoftDocs/azure-docs#43356.
    when: ({ text }) => /run command extension execution is in progress/i.test(text),
    code: "run-command-busy",
    retryable: true,
    say: () =>
      "an action Run Command (az vm run-command invoke, or Run command in the portal) is still at work in the VM. It ends after 90 minutes at most, and cannot be cancelled.",
  },
  {
    // OperationNotAllowed. Source of the words: Azure/azure-cli#14106, and the error messages of
    // learn.microsoft.com, azure/virtual-machines/error-messages.
    when: ({ text }) => /not allowed on VM extension '[^']*' since it is marked for deletion/i.test(text),
    code: "run-command-extension",
    retryable: true,
    say: ({ text }) =>
      `the extension ${/VM extension '([^']*)'/i.exec(text)?.[1]} is being removed, and nothing else may be done with it until its removal has ended.`,
  },
  {
    // InvalidParameter with 400. Source of the words: microsoft/onefuzz#2547.
    when: ({ text }) => isInstanceGone(text),
    code: "vm-not-found",
    say: () =>
      "the scale set has no instance of this number any more: it was scaled in or replaced. az vmss list-instances lists those that it has.",
  },
  {
    // Conflict or OperationNotAllowed, as for a busy VM: only the sentence tells them apart.
    when: ({ text }) => /requires the VM to be running|VM is not running/i.test(text),
    code: "vm-not-running",
    say: () =>
      "the VM is not running. Start it (az vm start --ids <VM resource id>; of a scale set: az vmss start --instance-ids <number>) and try again.",
  },
  {
    when: ({ text }) => /extension operations are disallowed|ensure VM Agent is installed/i.test(text),
    code: "agent-not-ready",
    say: () =>
      "the VM does not allow extensions. Install the VM agent, or set osProfile.allowExtensionOperations to true.",
  },
  {
    // The SDKs renew a token five minutes before its end: this one grew old on its way, or a clock is wrong.
    when: ({ status, code }) => status === 401 && code === "ExpiredAuthenticationToken",
    code: "sign-in-failed",
    retryable: true,
    say: () =>
      "the token had expired (ExpiredAuthenticationToken). The next try uses a fresh one; if it repeats, set the clock of this machine.",
  },
  {
    when: ({ status }) => status === 401,
    code: "sign-in-failed",
    say: ({ code, tenant = "<tenant id>" }) =>
      `Azure did not accept the token${named(code)}. Sign in to the tenant that holds the subscription (az login --tenant ${tenant}), then try again.`,
  },
  {
    // Before the missing right: its code ends in the same word, but no role helps here.
    when: ({ code }) => code === "DenyAssignmentAuthorizationFailed",
    code: "deny-assignment",
    say: ({ text }) => deniedBy(text),
  },
  {
    when: ({ code }) => code === "RequestDisallowedByPolicy",
    code: "policy-denied",
    say: ({ text, policies = [] }) => disallowedBy(policies, text),
  },
  {
    when: ({ code }) => code === "MissingSubscriptionRegistration",
    code: "azure-refused",
    say: ({ text }) =>
      `the subscription is not registered for a resource provider (MissingSubscriptionRegistration). Ask its owner to run: az provider register --namespace ${namespaceIn(text)}`,
  },
  {
    when: ({ code }) => unsupportedVersion.test(code),
    code: "azure-refused",
    say: ({ code, text }) =>
      `this cloud or region does not serve the API version, or the provider is not registered (${code}). Set RDP_REMEDIATION_API_VERSIONS to versions that the message lists, or run: az provider register --namespace ${namespaceIn(text)}. ${text}`,
  },
  {
    when: ({ code }) => /^(ReadOnly)?DisabledSubscription$|^SubscriptionIsDisabled$/.test(code),
    code: "azure-refused",
    say: ({ code }) =>
      `the subscription is disabled, so nothing in it can be changed (${code}). Ask its billing owner to enable it, then try again.`,
  },
  {
    when: ({ status, code }) => status === 403 && /AuthorizationFailed$/.test(code),
    code: "right-missing",
    say: ({ text }) =>
      `${missingRight(text)} Azure gives the same answer for a misspelt subscription or resource group.`,
  },
  {
    when: ({ code }) => code === "SubscriptionNotFound",
    code: "vm-not-found",
    say: () =>
      "the subscription was not found (SubscriptionNotFound): its id is wrong, or you are signed in to another tenant. az account list --output table shows the subscriptions that you can use; az login --tenant <tenant id> signs in to another tenant.",
  },
  {
    when: ({ status }) => status === 404,
    code: "vm-not-found",
    say: ({ code, text }) => `the resource was not found${named(code)}. Check the resource id. ${text}`,
  },
  {
    when: ({ code }) => code === "ScopeLocked",
    code: "vm-locked",
    say: ({ text }) =>
      `a management lock forbids it (ScopeLocked)${lockedScopes(text)}. Ask the owner of the lock to remove it during the repair (az lock list shows the locks).`,
  },
  {
    when: ({ status, code, text }) =>
      status === 409 &&
      (/^Conflict|Preempted|InProgress/i.test(code) || /in progress|concurrent|please wait/i.test(text)),
    code: "vm-busy",
    retryable: true,
    say: () => "another operation on the VM is in progress. Wait until it has finished, then try again.",
  },
  {
    when: ({ status }) => status === 429,
    code: "throttled",
    retryable: true,
    say: () => "Azure throttles these requests. Wait and try again.",
  },
  {
    when: ({ status }) => status === 408 || status >= 500,
    code: "azure-unavailable",
    retryable: true,
    say: ({ status }) => `Azure reported an internal error (HTTP ${status}). Try again later.`,
  },
];

/** The compute provider refuses the number of an instance that its scale set does not have, instead of a 404. */
export function isInstanceGone(text: string): boolean {
  return /is not an active Virtual Machine Scale Set VM instanceId/i.test(text);
}

export function meaningOf(refusal: ArmError): ArmErrorMeaning {
  const row = rows.find(({ when }) => when(refusal));
  if (row) return { code: row.code, retryable: row.retryable ?? false, sentence: row.say(refusal).trim() };
  const { status, code, text } = refusal;
  return {
    code: "azure-refused",
    retryable: false,
    sentence: `Azure refused the request with ${code || `HTTP ${status}`}. ${text || "The answer may come from a proxy."}`,
  };
}

/** ARM's codes for an API version that it does not serve there. */
export const unsupportedVersion = /^(NoRegisteredProviderFound|InvalidApiVersionParameter|InvalidResourceType)$/;

/** The provider that ARM names; the one of the VM when it names none. */
function namespaceIn(text: string): string {
  return /Microsoft\.[A-Za-z]+/.exec(text)?.[0] ?? "Microsoft.Compute";
}

/** Managed applications, deployment stacks, AKS and Databricks put deny assignments on the groups that they manage. */
function deniedBy(text: string): string {
  const [, action] = /permission to perform action '([^']+)'/.exec(text) ?? [];
  // The name may hold quotation marks itself, so the words after it end it.
  const [, name, scope] = /deny assignment with name '(.*)' and Id '[^']*' at scope '([^']+)'/.exec(text) ?? [];
  const which = name ? `the deny assignment "${name}"${scope ? ` on ${scope}` : ""}` : "a deny assignment";
  return `${which} forbids ${action ?? "it"}, and no role helps against it. Ask the owner of what made it (a managed application, a deployment stack, AKS, Databricks) to exclude this identity, or repair the VM by its means.`;
}

function disallowedBy(policies: readonly PolicyViolation[], text: string): string {
  const names = policies.map(({ assignment, definition, scope }) => {
    const of = definition && definition !== assignment ? ` of the policy "${definition}"` : "";
    return `the assignment "${assignment || "(no name)"}"${of}${scope ? ` on ${scope}` : ""}`;
  });
  const who = names.length > 0 ? names.join(" and ") : `a policy (${text.slice(0, 300)})`;
  return `Azure Policy forbids it: ${who}. Ask the owner of the assignment for an exemption of the VM (az policy exemption create); managed Run Commands (Microsoft.Compute/virtualMachines/runCommands) are what it has to allow.`;
}

function named(code: string): string {
  return code ? ` (${code})` : "";
}

/** The scopes that ARM names as locked, e.g. ` on /subscriptions/...`; empty when its sentence names none. */
function lockedScopes(text: string): string {
  const [, scopes] = /scope\(s\) are locked: '([^']+)'/.exec(text) ?? [];
  return scopes ? ` on ${scopes}` : "";
}

/**
 * ARM names action and scope in its sentence only. For a linked scope it first names what the identity has, then what
 * it lacks.
 */
function missingRight(text: string): string {
  const [, action, scope = ""] =
    /does not have (?:authorization|permission) to perform action(?:\(s\))? '([^']+)'[^']*'([^']+)'/.exec(text) ?? [];
  if (!action) return `the identity lacks a right. ${assignment("", "", "")}`;
  const [, principal = ""] = /with object id '([^']+)'/.exec(text) ?? [];
  return `the identity lacks the right ${action} on ${scope}. ${assignment(action, scope, principal)}`;
}

/**
 * Where to assign the role: on the resource group, since the resource itself may not exist yet (a Run Command) or may
 * belong to the subscription (a location).
 */
function assignment(action: string, scope: string, principal: string): string {
  // Networks are often in groups of their own, where nobody wants to hand out Run Command.
  const role = /^Microsoft\.Network\//i.test(action) ? "RDP Network Reader" : "RDP Remediator";
  const [group] = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(scope) ?? [];
  const [subscription] = /^\/subscriptions\/[^/]+/i.exec(scope) ?? [];
  const where = group ?? subscription;
  const command = `az role assignment create --role "${role}" --assignee ${principal || "<object id>"} --scope ${where ?? "<resource group id>"}`;
  return `Assign the role "${role}" (infra/roles) ${where ? `on ${where}` : "on the resource group of the VM"}: ${command}`;
}
