import type { z } from "zod";
import type { EventsSection } from "../../lib/core/guest-evidence.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";

type Event = z.infer<typeof EventsSection>[number];

/** The data of Schannel events 36870, 36871 and 36874 as the guest joins them: side, error code, internal state. [EV] */
export const keyNotAccessible = "server 0x8009030D 10001";
export const protocolDisabled = "server 10013";
export const noCommonSuite = "TLS 1.2";

/** Writes an event to the log, which stores only counts. */
export function logEvent(
  { state, now }: Machine,
  provider: Event["provider"],
  id: number,
  status: string | null = null,
): void {
  const last = now().toISOString();
  const known = state.events.find((one) => one.provider === provider && one.id === id && one.status === status);
  if (!known) {
    state.events.push({ provider, id, status, count: 1, last });
    return;
  }
  known.count += 1;
  known.last = last;
}

export function eventFunctions(machine: Machine): Pick<WindowsAdapter, "Get-EventCounts"> {
  return {
    "Get-EventCounts": ({ Hours }) => {
      const since = machine.now().getTime() - Hours * 3_600_000;
      return machine.state.events.filter((event) => Date.parse(event.last) >= since);
    },
  };
}
