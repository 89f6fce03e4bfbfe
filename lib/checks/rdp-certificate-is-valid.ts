import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import type { CertificateFacts } from "../core/guest-evidence.ts";
import { certificateOwner, namesComputer } from "../core/rdp-certificate.ts";
import { type RegistryData, registryPath } from "../core/registry-value.ts";
import { administratorsSid, everyoneSid, systemSid } from "../core/windows.ts";
import { keyFault } from "./_key-fault.ts";
import { brief, type Context, judgeFrom, readable, type Section } from "./_section.ts";
import { whileStarting } from "./_starting.ts";
import { unlessWorking } from "./_works.ts";

/**
 * The certificate that the listener presents. A certificate that Windows made is renewed. One that an administrator or
 * a policy chose is reported and never changed. Only rdp-key-is-usable checks the key of the former.
 */
export const rdpCertificateIsValid: Check = {
  id: "rdp-certificate-is-valid",
  title: "The certificate of Remote Desktop is valid",
  run: judgeFrom(["certificate"], ({ certificate }, context) => {
    const { inUse } = certificate;
    if (!inUse) return judgeAbsence(certificate, context);
    const { thumbprint, subject, notBefore, notAfter, store } = inUse;
    const seen = { thumbprint, subject, store, notBefore, notAfter, origin: certificate.origin };
    const facts = { ...seen, ...removalOfDenials(certificate) };
    const owner = certificateOwner(certificate);
    const whose = owner ? (owner === "policy" ? "group policy's" : "custom") : "self-signed";
    const name = `The ${whose} certificate ${thumbprint}`;
    const defect = validityDefect(inUse, context) ?? (owner ? chosenDefect(inUse) : null);
    if (!defect) {
      const names = owner ? null : otherName(inUse, readable(context.guest.system));
      const valid = `${name} of store "${store}" is valid until ${notAfter}`;
      const locked = owner ? null : lockedStore(certificate);
      if (locked) return noted(`${valid}, and it cannot be renewed: ${locked}`, facts);
      if (names) return noted(`${valid}, and it is for ${names}. Clients warn, and connect.`, facts);
      return healthy(`${valid}.`, facts);
    }
    if (owner) {
      return unlessWorking(faulty(`${name} ${defect}. ${replacement[owner]}`, [], facts), context.evidence);
    }
    const locked = lockedStore(certificate);
    const fault = locked
      ? faulty(`${name} ${defect}, and it cannot be renewed: ${locked}`, [], facts)
      : faulty(`${name} ${defect}.`, renewals(certificate, context), facts);
    return unlessWorking(fault, context.evidence);
  }),
};

/**
 * Why Windows can save no certificate in its store, and what to do, as the end of a sentence; `null` when it can. The
 * keys above belong to every store of the machine, so a deny entry there is nobody's to remove but its owner's. [CRT]
 */
function lockedStore({ writeDenied = [] }: Section<"certificate">): string | null {
  const [denied] = writeDenied;
  if (!denied) return null;
  const where = `HKLM\\${denied.key}`;
  return denied.inherited
    ? `a key above ${where} denies SYSTEM to write. Its owner must remove that entry, then restart SessionEnv.`
    : `${where} denies SYSTEM to write. Remove that entry (regedit, Permissions), then restart SessionEnv.`;
}

/** The keys in which the guest looks for entries. Whatever else it names gets into no command. */
const storeKey = "SOFTWARE\\Microsoft\\SystemCertificates\\Remote Desktop";
const storeKeys = [storeKey, `${storeKey}\\Certificates`];

/**
 * The commands, for an administrator's PowerShell on the VM, that remove the entries: those of these keys alone, and of the
 * groups that the guest looks for. No Change does it (docs/decisions/0016-no-permissions-of-registry-keys.md).
 */
function removalOfDenials({ writeDenied = [] }: Section<"certificate">): { removeDenyEntries?: string } {
  const own = writeDenied.filter(({ key, inherited }) => !inherited && storeKeys.includes(key));
  const keys = own.map(({ key }) => `'HKLM:\\${key}'`);
  if (keys.length === 0) return {};
  const sids = [systemSid, administratorsSid, "S-1-5-11", everyoneSid].map((sid) => `'${sid}'`).join(", ");
  return {
    removeDenyEntries: `foreach ($key in ${keys.join(", ")}) { $acl = Get-Acl $key; $acl.GetAccessRules($true, $false, [System.Security.Principal.SecurityIdentifier]) | Where-Object { $_.AccessControlType -eq 'Deny' -and $_.IdentityReference.Value -in ${sids} } | ForEach-Object { $acl.RemoveAccessRuleSpecific($_) }; Set-Acl $key $acl }; Restart-Service SessionEnv`,
  };
}

/** How the owner of a chosen certificate can replace it. A repair never does. */
const replacement = {
  custom:
    "Its owner must replace it: install the new one, let NETWORK SERVICE read its key, set SSLCertificateSHA1Hash.",
  policy: "The owner of the policy must replace it, e.g. enrol again with gpupdate /force.",
} as const;

function judgeAbsence(certificate: Section<"certificate">, context: Context): CheckResult {
  const registry = readable(context.guest.registry);
  const custom = registry?.["rdp-tcp/SSLCertificateSHA1Hash"];
  if (custom && namesNothing(custom)) return unlessWorking(faulty(judgePointer(custom), []), context.evidence);
  if (custom || certificateOwner(certificate)) {
    const named = custom
      ? `SSLCertificateSHA1Hash names the thumbprint ${brief(String(custom.data))}`
      : "A certificate was chosen";
    const because = `${named}, which is not in the store. ${replacements(context)}`;
    if (isRefused(context)) return faulty(`Event ${certificateRefused}: ${because}`, []);
    return unlessWorking(faulty(because, []), context.evidence);
  }
  const pointer = registry?.["winstations/SelfSignedCertificate"];
  const handshake = readable(context.guest.handshake);
  // A Windows without the pointer is healthy as long as the listener presents a certificate.
  if (registry && !pointer && handshake?.result === "completed") {
    return healthy(`No pointer names a certificate, and the listener presents ${handshake.thumbprint}.`);
  }
  const because = pointer
    ? `${registryPath("winstations/SelfSignedCertificate")} names ${brief(String(pointer.data))}, which is not in its store.`
    : "There is no certificate for the listener to present.";
  const locked = lockedStore(certificate);
  const fault = locked
    ? faulty(`${because} None can be made: ${locked}`, [], removalOfDenials(certificate))
    : // SessionEnv makes it as Remote Desktop starts. [CRT]
      (whileStarting(because, context) ?? faulty(because, renewals(certificate, context)));
  return unlessWorking(fault, context.evidence);
}

/** A thumbprint that a script wrote as text, or 20 zero bytes: Windows asks for the thumbprint as REG_BINARY. [LCC] */
function namesNothing({ type, data }: RegistryData): boolean {
  return type !== "binary" || /^0*$/.test(data);
}

function judgePointer({ type, data }: RegistryData): string {
  const is = type === "binary" ? "is all zeros" : `is a ${type} (${brief(String(data), 50)}) in place of a REG_BINARY`;
  return `SSLCertificateSHA1Hash ${is}, and names no certificate. Its owner must set it again, by Set-CimInstance on Win32_TSGeneralSetting; or use Windows' own (remove-certificate-binding, by name).`;
}

/** TermService cannot use the certificate that was chosen. It then presents the one that Windows made. [EV] */
const certificateRefused = 1051;

function isRefused({ guest }: Context): boolean {
  const events = readable(guest.events) ?? [];
  return events.some(({ provider, id }) => provider === "RemoteConnectionManager" && id === certificateRefused);
}

/** What can take the place of a chosen certificate that is gone: a renewal leaves the new one beside it, under another thumbprint. */
function replacements({ guest }: Context): string {
  const name = readable(guest.system)?.computerName;
  const certificates = readable(guest.keys)?.dependents ?? [];
  const fitting = certificates.find((one) => one.usable && name && namesComputer(one, name));
  const bind = fitting
    ? `Set it to ${fitting.thumbprint}, which names this computer, and let NETWORK SERVICE read its key`
    : "Its owner must install it with its key, or name the renewed one";
  return `${bind}; or use Windows' own (remove-certificate-binding, by name).`;
}

/**
 * A new key always comes with a new certificate. When the key only needs its permissions restored, the new key is not
 * offered: it would save one remediation, but replace a key that may be good.
 */
function renewals(certificate: Section<"certificate">, { evidence, guest }: Context): string[] {
  const keys = readable(guest.keys);
  const clocks = { at: evidence.at, collectedAt: guest.collectedAt };
  const keepsKey = keys && keyFault(certificate, keys, clocks)?.kind === "permissions";
  return keepsKey ? ["renew-rdp-certificate"] : ["renew-rdp-certificate", "renew-rdp-key"];
}

function validityDefect({ notBefore, notAfter }: CertificateFacts, { evidence, guest }: Context): string | null {
  const now = Date.parse(evidence.at);
  if (Date.parse(notAfter) <= now) return `expired on ${notAfter}`;
  // Its times come from the VM's clock, which may be ahead of ours.
  const latest = Math.max(now, Date.parse(guest.collectedAt));
  return latest < Date.parse(notBefore) ? `is not valid before ${notBefore}` : null;
}

/**
 * The name in the certificate when it is not this computer's; `null` when it is, or when the computer's name is not
 * known.
 */
function otherName(certificate: CertificateFacts, system: Section<"system"> | null): string | null {
  if (!system?.computerName || namesComputer(certificate, system.computerName)) return null;
  return `${brief(certificate.subject)}, while the computer is ${system.computerName}`;
}

/** Server authentication, Remote Desktop, any. [ASKDS] */
const serverUsages = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.4.1.311.54.1.2", "2.5.29.37.0"];

function chosenDefect({ keyUsages, key }: CertificateFacts): string | null {
  if (!key.present) return "has no private key on this VM";
  if (!key.usable) return `has a private key that does not open (${brief(key.error ?? "no reason given")})`;
  if (keyUsages.length > 0 && !keyUsages.some((usage) => serverUsages.includes(usage))) {
    return "is not meant for servers (enhanced key usage)";
  }
  return null;
}
