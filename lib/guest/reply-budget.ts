import type { SectionName } from "../core/guest-evidence.ts";

/**
 * How many bytes of a reply each section may take, measured as what the reply has less without it. The reply of every
 * shipped world keeps to them, and together with `restBudget` they are no more than a reply may have: a VM with all that
 * deviates in any of these worlds at once still has room. On a VM with more, sections are dropped (`dropOrder`).
 */
export const sectionBudgets: Readonly<Record<SectionName, number>> = {
  agent: 35,
  certificate: 360,
  domain: 80,
  events: 170,
  firewall: 200,
  guestNetwork: 165,
  handshake: 130,
  installedProducts: 80,
  journal: 30,
  keys: 430,
  licensing: 80,
  listener: 145,
  logOns: 130,
  registry: 120,
  rights: 70,
  schannel: 100,
  services: 170,
  sessions: 25,
  subsystem: 130,
  supportingServices: 125,
  system: 85,
};

/** For the header, the identity of run and step, the receipts and the names of what was dropped. */
export const restBudget = 640;
