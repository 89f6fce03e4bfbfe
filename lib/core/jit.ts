/*
 * Just-in-time access of Defender for Cloud, as a network security group shows it [JIT]: one rule denies until access
 * is requested, another allows while access is granted. Both are recognised by their names only. Defender for Cloud was
 * formerly Security Center; rules with either name are in use.
 */

/**
 * Denies on purpose. Do not edit this rule: request access instead. The underscore distinguishes it from the other
 * rule.
 */
export function isJitDeny(ruleName: string | null): boolean {
  return /^(SecurityCenter|MicrosoftDefenderForCloud)-JITRule_/.test(ruleName ?? "");
}

export function isJitAllow(ruleName: string | null): boolean {
  return /^(SecurityCenter|MicrosoftDefenderForCloud)-JITRule-/.test(ruleName ?? "");
}
