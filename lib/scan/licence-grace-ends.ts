import { isDue, type LockoutRule, readable } from "./lockout.ts";

/** A session host without licences refuses every session but an administrative one when its days are over. [TSS] */
export const licenceGraceEnds: LockoutRule = (evidence, until) => {
  const { guest } = evidence;
  const licensing = guest && readable(guest.licensing);
  if (licensing?.mode !== 1 || licensing.multiSession || !licensing.days) return [];
  const { type, servers, days } = licensing;
  if ((type === 2 || type === 4) && servers !== null && servers > 0) return [];
  const at = new Date(Date.parse(evidence.at) + days * 86_400_000).toISOString();
  if (!isDue(at, evidence, until)) return [];
  return [
    {
      kind: "licence-grace-ends",
      when: { on: "date", at },
      because: `The session host ${servers === 0 ? "names no licence server" : "has no licensing mode"}, and its grace period ends in ${days} days.`,
      cure: "Name a licence server that has licences, or remove the role Remote Desktop Session Host where two administrative sessions are enough.",
    },
  ];
};
