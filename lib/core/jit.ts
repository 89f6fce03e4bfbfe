/*
 * Just-in-time access of Defender for Cloud, as it shows in a network security group [JIT]: a rule that denies until
 * somebody asks, and one that allows for as long as access was granted. Both are recognised by their names alone;
 * people copy neither, and what is called otherwise is not of JIT.
 */

/** Denies by intention, and is not to be edited: ask for access instead. The underscore tells it from the other. */
export function isJitDeny(ruleName: string | null): boolean {
  return ruleName?.startsWith("SecurityCenter-JITRule_") ?? false;
}

export function isJitAllow(ruleName: string | null): boolean {
  return ruleName?.startsWith("SecurityCenter-JITRule-") ?? false;
}
