import type { CheckResult } from "../core/check.ts";
import { noted } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import * as core from "../core/handshake.ts";

/** As `handshakeWorks` of lib/core/handshake.ts; `null` also without evidence from inside. */
export function handshakeWorks({ at, guest }: Evidence): boolean | null {
  return guest && core.handshakeWorks(guest, at);
}

/**
 * A deviation is a fault only when Remote Desktop does not work. A harmless deviation is noted, and nothing is planned
 * for it. When the handshake could not be tried, the fault stays a fault.
 */
export function unlessWorking(result: CheckResult, evidence: Evidence): CheckResult {
  if (result.verdict !== "faulty" || handshakeWorks(evidence) !== true) return result;
  return noted(`${result.because} Remote Desktop works nevertheless.`, result.evidence);
}
