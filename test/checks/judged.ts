import { expect } from "vitest";
import type { Check, CheckResult } from "../../lib/core/check.ts";
import type { GuestEvidence, SectionName } from "../../lib/core/guest-evidence.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { evidenceWith, type ReadableGuest } from "../remediations/evidence-with.ts";

/** What a check says about the healthy fixture after an edit. */
export function judged(check: Check, edit: (guest: ReadableGuest) => void = () => {}): CheckResult {
  return check.run(evidenceWith(edit));
}

/** The same beside a handshake that fails in TLS: what a deviation may explain. */
export function judgedBroken(check: Check, edit: (guest: ReadableGuest) => void = () => {}): CheckResult {
  return judged(check, (guest) => {
    guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
    edit(guest);
  });
}

/** What a check says when these sections of the healthy fixture could not be read. */
export function judgedWithout(
  check: Check,
  names: SectionName[],
  edit: (guest: ReadableGuest) => void = () => {},
): CheckResult {
  const evidence = evidenceWith(edit);
  const lost = Object.fromEntries(names.map((name) => [name, { unreadable: "The time was up." }]));
  return check.run({ ...evidence, guest: { ...(evidence.guest as GuestEvidence), ...lost } });
}

/** What a check says when nobody could look inside. */
export function judgedFromOutside(check: Check): CheckResult {
  return check.run({ ...healthyEvidence(), guest: null });
}

export function expectHealthy(result: CheckResult, word = ""): void {
  expect(result).toMatchObject({ verdict: "healthy", because: expect.stringContaining(word) });
}

export function expectFaulty(result: CheckResult, restoredBy: string[], word: string): void {
  expect(result).toMatchObject({ verdict: "faulty", restoredBy, because: expect.stringContaining(word) });
}

export function expectUnknown(result: CheckResult, word: string): void {
  expect(result).toMatchObject({ verdict: "unknown", because: expect.stringContaining(word) });
}

export function expectNoted(result: CheckResult, word = ""): void {
  expect(result).toMatchObject({ verdict: "noted", because: expect.stringContaining(word) });
}
