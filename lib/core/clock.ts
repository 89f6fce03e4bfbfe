import type { Evidence } from "./evidence.ts";

/*
 * The VM's clock against the service's. A script runs at some moment between its request and its reply, and nobody knows
 * at which: a slow agent and a slow clock look alike. So an offset is known within two bounds, and certain beyond them.
 */

/** By how many seconds the VM's clock is ahead; behind when negative. The true offset lies between the two. */
export interface ClockOffset {
  readonly atLeast: number;
  readonly atMost: number;
}

/** `null` where it is not known: nobody looked inside, the request had no time, or the service's clock was set meanwhile. */
export function clockOffset({ at, guest }: Pick<Evidence, "at" | "guest">): ClockOffset | null {
  if (!guest?.requestedAt) return null;
  const inVm = Date.parse(guest.collectedAt);
  const [atLeast, atMost] = [inVm - Date.parse(at), inVm - Date.parse(guest.requestedAt)];
  return atLeast <= atMost ? { atLeast: Math.floor(atLeast / 1000), atMost: Math.ceil(atMost / 1000) } : null;
}

/** Whether the service's clock was certainly set back between the request and the reply: the offset is then not known. */
export function wasClockSet({ at, guest }: Pick<Evidence, "at" | "guest">): boolean {
  return guest?.requestedAt !== undefined && Date.parse(guest.requestedAt) > Date.parse(at);
}

/** By how many seconds the VM's clock is certainly ahead, or behind when negative; 0 when it may be right. */
export function certainOffset(evidence: Pick<Evidence, "at" | "guest">): number {
  const offset = clockOffset(evidence);
  if (!offset) return 0;
  if (offset.atLeast > 0) return offset.atLeast;
  return Math.min(offset.atMost, 0);
}

/** Kerberos refuses tickets when two clocks differ by more. [KRB] */
export const kerberosToleranceSeconds = 5 * 60;

/** `20 minutes ahead`, `2 days behind`. */
export function describeOffset(seconds: number): string {
  const size = Math.abs(seconds);
  const units = [
    ["days", 86_400],
    ["hours", 3600],
    ["minutes", 60],
  ] as const;
  const [unit, length] = units.find(([, one]) => size >= 2 * one) ?? ["seconds", 1];
  return `${Math.floor(size / length)} ${unit} ${seconds > 0 ? "ahead" : "behind"}`;
}
