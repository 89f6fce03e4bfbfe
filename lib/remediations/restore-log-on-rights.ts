import type { SetLogOnRight } from "../core/change.ts";
import { rightFaults } from "../core/log-on.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { requiresNla } from "../core/security-settings.ts";
import { planFrom } from "./_plan-from.ts";

/**
 * Takes denies from broad groups (in a workgroup also from local accounts), and gives the rights back that Windows' default gives. One right of one account at a
 * time, so that the other holders stay: an import of a template would replace them all. It counts at the next log-on.
 * [URA]
 */
export const restoreLogOnRights: Remediation = {
  id: "restore-log-on-rights",
  title: "Let users and services log on again",
  restores: ["log-on-rights-allow-rdp"],
  risk: "may-lock-out",
  onlyByName: true,
  warning:
    "It decides who may log on to this VM. When Group Policy or Intune sets these rights, they return at its next refresh: change them there.",
  mayNeedRestart: false,
  touches: [{ kind: "set-log-on-right" }],
  sources: ["URA"],
  plan: planFrom(["rights", "domain", "registry"], ({ rights, domain, registry }) => {
    const changes = rightFaults(rights, {
      isWorkgroup: domain.join === "workgroup",
      requiresNla: requiresNla(registry),
    }).flatMap(({ right, changes }) =>
      changes.map(({ account, to }): SetLogOnRight => ({ kind: "set-log-on-right", right, account, to, was: !to })),
    );
    return changes.length <= 16 ? changes : refuse("Too many rights differ. Set them by hand or by policy.");
  }),
};
