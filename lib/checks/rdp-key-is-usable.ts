import { type Check, type CheckResult, faulty, healthy, notApplicable } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import { keyOwners } from "../core/key-owners.ts";
import { certificateOwner } from "../core/rdp-certificate.ts";
import { type KeyFault, keyFault } from "./_key-fault.ts";
import { brief, type Context, judgeFrom, readable, type Section } from "./_section.ts";

const remedies: Record<KeyFault["kind"], string[]> = {
  permissions: ["repair-key-permissions", "renew-rdp-key"],
  replace: ["renew-rdp-key", "rename-machine-keys-folder"],
  // Whoever made the link has a reason that is not known here.
  link: [],
};

export const rdpKeyIsUsable: Check = {
  id: "rdp-key-is-usable",
  title: "The private key behind Remote Desktop can be used",
  run: judgeFrom(["certificate", "keys"], ({ certificate, keys }, { guest }): CheckResult => {
    const owner = certificateOwner(certificate);
    if (owner) {
      return notApplicable(
        `${owner === "policy" ? "Group policy" : "An administrator"} chose the certificate; its own key is judged with it.`,
      );
    }
    const facts = keyFacts(certificate, keys, guest);
    const fault = keyFault(certificate, keys);
    if (fault?.kind === "replace") {
      // Whoever decides on a new folder has to know whose keys lie in it.
      const others = keyOwners(keys).join("; ");
      return faulty(fault.because, remedies.replace, { ...facts, "keys of others": others });
    }
    if (fault) return faulty(fault.because, remedies[fault.kind], facts);
    const { inUse } = certificate;
    if (!inUse) return notApplicable("There is no certificate that leans on the RDP key.");
    return healthy(
      `The key of certificate ${inUse.thumbprint} signs, and its permissions let TermService read it.`,
      facts,
    );
  }),
};

function keyFacts(
  { inUse }: Section<"certificate">,
  { rdpKey }: Section<"keys">,
  guest: Context["guest"],
): Finding["evidence"] {
  return {
    container: inUse?.key.container ?? null,
    provider: inUse?.key.provider ?? null,
    error: inUse?.key.error ?? null,
    code: inUse?.key.code ?? null,
    file: rdpKey?.name ?? null,
    bytes: rdpKey?.bytes ?? null,
    owner: rdpKey?.owner ?? null,
    permissions: rdpKey?.sddl ?? null,
    ...keyEvents(readable(guest.events) ?? []),
  };
}

/**
 * Events stay in the log after a repair, so they tell the story and decide nothing: 1057 and 1058 of the certificate
 * that could not be made, 36870 of the key that could not be read. [EV]
 */
function keyEvents(events: Section<"events">): Finding["evidence"] {
  const telling = events.filter(({ id }) => [1057, 1058, 36870].includes(id));
  return Object.fromEntries(
    telling.map(({ id, status, count, last }) => [
      `event ${id}${status ? ` (${brief(status)})` : ""}`,
      `${count} times in 24 hours, last ${last}`,
    ]),
  );
}
