/*
 * Just-in-time access of Defender for Cloud, as it shows in a network security group [JIT]: a rule that denies until
 * somebody asks, and one that allows for as long as access was granted. Both are recognised by their names alone.
 * Defender for Cloud was called Security Center before, and rules of either name are in use.
 */

/** Denies by intention, and is not to be edited: ask for access instead. The underscore tells it from the other. */
export function isJitDeny(ruleName: string | null): boolean {
  return /^(SecurityCenter|MicrosoftDefenderForCloud)-JITRule_/.test(ruleName ?? "");
}

export function isJitAllow(ruleName: string | null): boolean {
  return /^(SecurityCenter|MicrosoftDefenderForCloud)-JITRule-/.test(ruleName ?? "");
}
