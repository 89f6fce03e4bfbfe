import { z } from "zod";

/**
 * The worst effect of a plan on the VM, mildest first. A caller's permission is one of these, and includes all before
 * it.
 */
export const risks = [
  "none",
  "low",
  "interrupts-sessions",
  // Some users who can log on today may be locked out.
  "may-lock-out",
  "opens-network",
  "weakens-security",
  "reboots",
  "replaces-keys",
] as const;

export const Risk = z.enum(risks);
export type Risk = z.infer<typeof Risk>;

export function riskRank(risk: Risk): number {
  return risks.indexOf(risk);
}

export function highestRisk(given: readonly Risk[]): Risk {
  return given.reduce<Risk>((worst, risk) => (riskRank(risk) > riskRank(worst) ? risk : worst), "none");
}

export function permitsRisk(permitted: Risk, asked: Risk): boolean {
  return riskRank(asked) <= riskRank(permitted);
}

/** The milder of two permissions: a request can only lower what is allowed. */
export function lowerRisk(allowed: Risk, asked: Risk | undefined): Risk {
  return asked !== undefined && riskRank(asked) < riskRank(allowed) ? asked : allowed;
}
