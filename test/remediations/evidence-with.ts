import { Evidence } from "../../lib/core/evidence.ts";
import type { GuestEvidence, Unreadable } from "../../lib/core/guest-evidence.ts";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

/** The guest's evidence with every section readable, as in the healthy fixture. */
export type ReadableGuest = { [Name in keyof GuestEvidence]: Exclude<GuestEvidence[Name], Unreadable> };

/** The healthy fixture with an edit, proven to be evidence still. */
export function evidenceWith(edit: (guest: ReadableGuest) => void): Evidence {
  const evidence = healthyEvidence();
  edit(evidence.guest as ReadableGuest);
  return Evidence.parse(evidence);
}

/** The certificate that the fixture's listener presents. */
export function inUse(guest: ReadableGuest) {
  const { inUse } = guest.certificate;
  if (!inUse) throw new Error("The fixture presents no certificate.");
  return inUse;
}

export function rdpKey(guest: ReadableGuest) {
  const { rdpKey } = guest.keys;
  if (!rdpKey) throw new Error("The fixture has no RDP key.");
  return rdpKey;
}

export function folder(guest: ReadableGuest) {
  const { folder } = guest.keys;
  if (!folder) throw new Error("The fixture has no MachineKeys folder.");
  return folder;
}

export function service(guest: ReadableGuest, name: keyof ReadableGuest["services"]) {
  const facts = guest.services[name];
  if (!facts) throw new Error(`The fixture has no ${name}.`);
  return facts;
}

export function dword(data: number): RegistryData {
  return { type: "dword", data };
}

export const notForced = { force: false };
export const forced = { force: true };
export const restart = { kind: "restart-rdp-services", was: { TermService: "Running" } } as const;
