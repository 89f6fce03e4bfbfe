import { z } from "zod";
import { GuestEvidence, type SectionName } from "../core/guest-evidence.ts";

/**
 * The function that reads each section: one of the Windows adapter when Windows is asked one question, one of
 * `lib/guest/scripts` when the section is made of several answers. Both guests take it from here; the scripts through
 * the generated file `sections.ps1`.
 */
export const sectionFunctions = {
  system: "Get-WindowsSystem",
  services: "Get-ServicesSection",
  listener: "Get-ListenerSection",
  registry: "Get-RegistrySection",
  certificate: "Get-CertificateSection",
  keys: "Get-KeysSection",
  agent: "Get-AgentSection",
  schannel: "Get-SchannelSection",
  firewall: "Get-FirewallSection",
  events: "Get-EventsSection",
  sessions: "Get-SessionCounts",
  handshake: "Get-HandshakeSection",
  rights: "Get-LogOnRights",
  licensing: "Get-LicensingFacts",
  domain: "Get-DomainFacts",
  logOns: "Get-LogOnFacts",
  subsystem: "Get-SubsystemFacts",
  journal: "Get-JournalSection",
  supportingServices: "Get-SupportingServices",
  guestNetwork: "Get-GuestNetwork",
  installedProducts: "Get-InstalledProducts",
} as const satisfies Record<SectionName, `Get-${string}`>;

/** Every text of the evidence has room for this many characters, but for those in `EvidenceBounds.texts`. */
export const usualTextLength = 512;

export interface EvidenceBounds {
  /** The most items of each list, by the property that holds it. */
  readonly lists: Readonly<Record<string, number>>;
  /** The most characters of the texts that have more room than usual. They are compared before a change, and never cut. */
  readonly texts: Readonly<Record<string, number>>;
}

/**
 * The room that the schema of the evidence has. The guest goes by the name of a property alone: throws when two
 * properties have the same name and other bounds.
 */
export function evidenceBounds(): EvidenceBounds {
  const lists: Record<string, number> = {};
  const texts: Record<string, number> = {};
  const visit = (schema: unknown, name: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    if (Array.isArray(schema)) {
      for (const one of schema) visit(one, name);
      return;
    }
    const { maxItems, maxLength, properties, ...rest } = schema as Record<string, unknown>;
    if (typeof maxItems === "number") {
      if ((lists[name] ?? maxItems) !== maxItems) throw new Error(`Two lists are named ${name} and have other bounds.`);
      lists[name] = maxItems;
    }
    if (typeof maxLength === "number") texts[name] = Math.max(maxLength, texts[name] ?? 0);
    for (const [child, inner] of Object.entries(properties ?? {})) visit(inner, child);
    for (const inner of Object.values(rest)) visit(inner, name);
  };
  visit(z.toJSONSchema(GuestEvidence), "");
  return { lists, texts: Object.fromEntries(Object.entries(texts).filter(([, length]) => length !== usualTextLength)) };
}
