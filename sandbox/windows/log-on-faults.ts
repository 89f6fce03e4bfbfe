import { registryPath } from "../../lib/core/registry-value.ts";
import { type Edit, setDword } from "./edit.ts";

/*
 * The faults that a user meets after TLS: the listener answers, and the log-on fails.
 */

export const logOnFaults = {
  /** The listener answers and refuses every log-on. */
  "log-ons-disabled": (state) => {
    setDword(state, "rdp-tcp/fLogonDisabled", 1);
    setDword(state, "terminal-server/TSEnabled", 0);
  },
  /** As `change logon /disable` leaves it. */
  "remote-log-ons-disabled": (state) => {
    state.registry[registryPath("winlogon/WinStationsDisabled")] = { type: "string", data: "1" };
  },
  "drain-mode": (state) => setDword(state, "terminal-server/TSServerDrainMode", 1),
  /** Two sessions are allowed, and both are taken. */
  "session-limit-reached": (state) => {
    setDword(state, "rdp-tcp/MaxInstanceCount", 2);
    state.sessions = { active: 1, disconnected: 1 };
  },
} as const satisfies Record<string, Edit>;
