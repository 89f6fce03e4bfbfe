import { type Check, type CheckResult, faulty, healthy, notApplicable, noted } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import { keyOwners } from "../core/key-owners.ts";
import { keyDeviation, surplusReaders, termServiceMayRead } from "../core/key-permissions.ts";
import { certificateOwner } from "../core/rdp-certificate.ts";
import { type KeyFault, keyFault } from "./_key-fault.ts";
import { brief, type Context, judgeFrom, readable, type Section } from "./_section.ts";
import { unlessWorking } from "./_works.ts";

const remedies: Record<KeyFault["kind"], string[]> = {
  permissions: ["repair-key-permissions", "renew-rdp-key"],
  replace: ["renew-rdp-key", "rename-machine-keys-folder"],
  // The reason for the link is not known here, so no remediation is offered.
  link: [],
};

export const rdpKeyIsUsable: Check = {
  id: "rdp-key-is-usable",
  title: "The private key behind Remote Desktop can be used",
  run: judgeFrom(["certificate", "keys"], ({ certificate, keys }, { evidence, guest }): CheckResult => {
    if (certificateOwner(certificate)) return unlessWorking(judgeChosen(certificate), evidence);
    const facts = keyFacts(certificate, keys, guest);
    const fault = keyFault(certificate, keys, { at: evidence.at, collectedAt: guest.collectedAt });
    if (fault) return unlessWorking(judgeFault(fault, keys, facts), evidence);
    const { inUse } = certificate;
    if (!inUse) return notApplicable("No certificate in use depends on the RDP key.");
    const serves = `The key of certificate ${inUse.thumbprint} can be used, and TermService may read it`;
    const deviation = keys.rdpKey && keyDeviation(keys.rdpKey, readable(guest.system)?.build ?? null);
    if (deviation)
      return noted(`${serves}; its permissions differ from those that Windows gives: ${deviation}.`, facts);
    return healthy(`${serves}.`, facts);
  }),
};

/** The key of a certificate that somebody chose: TermService must be able to read its file, wherever it is. */
function judgeChosen({ inUse, keyFile }: Section<"certificate">): CheckResult {
  if (!inUse) return notApplicable("The chosen certificate is in no store, so this VM has no key for it.");
  if (!keyFile) {
    return notApplicable(`The file of the key of the chosen certificate ${inUse.thumbprint} is not known.`);
  }
  const { path, owner, sddl, reparsePoint } = keyFile;
  const facts = { file: path, owner, permissions: sddl, provider: inUse.key.provider };
  if (termServiceMayRead(keyFile)) {
    const [reader] = surplusReaders(keyFile);
    if (reader) {
      return noted(
        `NETWORK SERVICE may read the key of the chosen certificate ${inUse.thumbprint}, and so may ${reader}, who can copy it.`,
        facts,
      );
    }
    return healthy(`NETWORK SERVICE may read the key of the chosen certificate ${inUse.thumbprint}.`, facts);
  }
  return faulty(
    `NETWORK SERVICE, and so TermService, may not read the private key of the custom certificate ${inUse.thumbprint}.`,
    reparsePoint ? [] : ["repair-key-permissions"],
    facts,
  );
}

function judgeFault(fault: KeyFault, keys: Section<"keys">, facts: Finding["evidence"]): CheckResult {
  if (fault.kind !== "replace") return faulty(fault.because, remedies[fault.kind], facts);
  // A decision about a new folder needs to know whose keys are in it.
  const others = keyOwners(keys).join("; ");
  return faulty(fault.because, remedies.replace, { ...facts, "keys of others": others });
}

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
 * Events stay in the log after a repair, so they only explain and decide nothing: 1057 and 1058 mean that the
 * certificate could not be made, 36870 that the key could not be read. [EV]
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
