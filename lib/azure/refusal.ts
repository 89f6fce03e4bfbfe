import type { ProblemCode } from "../core/problem.ts";

/*
 * What ARM's and the compute provider's errors mean to us: facts/azure.md 1.3. Pure.
 */

/** An error that Azure answered with. */
export interface Refusal {
  readonly status: number;
  /** ARM's error code; empty when the body had none, as from a proxy. */
  readonly code: string;
  /** ARM's sentence, fit for people. */
  readonly text: string;
}

export interface Meaning {
  readonly code: ProblemCode;
  readonly retryable: boolean;
  /** What is so, and what to do next. */
  readonly sentence: string;
}

interface Row {
  readonly when: (refusal: Refusal) => boolean;
  readonly code: ProblemCode;
  readonly retryable?: true;
  readonly say: (refusal: Refusal) => string;
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
    // Conflict or OperationNotAllowed, as for a busy VM: only the sentence tells them apart.
    when: ({ text }) => /requires the VM to be running|VM is not running/i.test(text),
    code: "vm-not-running",
    say: () => "the VM is not running. Start it and try again.",
  },
  {
    when: ({ text }) => /extension operations are disallowed|ensure VM Agent is installed/i.test(text),
    code: "agent-not-ready",
    say: () => "the VM takes no extensions. Install the VM agent, or set osProfile.allowExtensionOperations to true.",
  },
  {
    when: ({ status }) => status === 401,
    code: "sign-in-failed",
    say: ({ code }) =>
      `Azure did not accept the token${named(code)}. Sign in to the tenant that holds the subscription.`,
  },
  {
    when: ({ status, code }) => status === 403 && /AuthorizationFailed$/.test(code),
    code: "right-missing",
    say: ({ text }) => `${missingRight(text)} A misspelt subscription or resource group is answered in the same way.`,
  },
  {
    when: ({ status }) => status === 404,
    code: "vm-not-found",
    say: ({ code, text }) => `Azure knows no such resource${named(code)}. Check the resource id. ${text}`,
  },
  {
    when: ({ code }) => code === "ScopeLocked",
    code: "vm-locked",
    say: () => "a management lock forbids it (ScopeLocked). Ask its owner to lift it for the time of the repair.",
  },
  {
    when: ({ status, code, text }) =>
      status === 409 &&
      (/^Conflict|Preempted|InProgress/i.test(code) || /in progress|concurrent|please wait/i.test(text)),
    code: "vm-busy",
    retryable: true,
    say: () => "another operation on the VM is in progress. Wait until it has ended and try again.",
  },
  {
    when: ({ status }) => status === 429,
    code: "throttled",
    retryable: true,
    say: () => "Azure limits how often this may be asked. Wait and try again.",
  },
  {
    when: ({ status }) => status === 408 || status >= 500,
    code: "azure-unavailable",
    retryable: true,
    say: ({ status }) => `Azure had a fault of its own (HTTP ${status}). Try again later.`,
  },
];

export function meaningOf(refusal: Refusal): Meaning {
  const row = rows.find(({ when }) => when(refusal));
  if (row) return { code: row.code, retryable: row.retryable ?? false, sentence: row.say(refusal).trim() };
  const { status, code, text } = refusal;
  return {
    code: "azure-refused",
    retryable: false,
    sentence: `Azure refused with ${code || `HTTP ${status}`}. ${text || "A proxy may stand between."}`,
  };
}

function named(code: string): string {
  return code ? ` (${code})` : "";
}

/** ARM names action and scope in its sentence only; for a linked scope it names what is had first, what is lacked second. */
function missingRight(text: string): string {
  const lacked = /does not have (?:authorization|permission) to perform action(?:\(s\))? '([^']+)'[^']*'([^']+)'/.exec(
    text,
  );
  if (!lacked) return "the identity lacks a right. Assign it the remediator role.";
  return `the identity lacks the right ${lacked[1]} on ${lacked[2]}. Assign it the remediator role there.`;
}
