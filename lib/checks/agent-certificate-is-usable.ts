import { type Check, healthy, notApplicable, noted } from "../core/check.ts";
import { judgeFrom } from "./_section.ts";

/**
 * Whether extensions can still decrypt the settings that Azure sends them. This certificate's key may be in
 * MachineKeys; repairs that rename the folder are known to break it. Only Azure can renew it. [XC][MC]
 */
export const agentCertificateIsUsable: Check = {
  id: "agent-certificate-is-usable",
  title: "The key of the Azure agent's certificate can be used",
  run: judgeFrom(["agent"], ({ agent: { certificates } }) => {
    if (certificates.length === 0) {
      return notApplicable(
        "The VM has no certificate of the Azure agent, which comes with the first protected settings.",
      );
    }
    const facts = { certificates: certificates.map(({ thumbprint }) => thumbprint).join(", ") };
    const usable = certificates.find((one) => one.usable);
    // An older certificate may remain, with or without its key; Azure uses the newest one that works.
    if (usable) return healthy(`The key of the agent's certificate ${usable.thumbprint} can be used.`, facts);
    // Remote Desktop does not need it.
    return noted(
      `None of the keys of the agent's ${certificates.length} certificates can be used, so extensions cannot read protected settings. Reapply the VM; if that does not help, deallocate and start it.`,
      facts,
    );
  }),
};
