import { registryPath } from "../../lib/core/registry-value.ts";
import { addEvents, type Edit, setDword } from "./edit.ts";
import type { WindowsState } from "./state.ts";

/*
 * The faults that a user meets after TLS: the listener answers, and the log-on fails.
 */

/** A member of a domain whose channel has this state. */
function join(state: WindowsState, domain: Partial<WindowsState["logOn"]["domain"]>): void {
  state.system.domainJoined = true;
  state.logOn.domain = { join: "domain", netlogon: "Running Auto", channel: 0, dns: [], ...domain };
}

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
  /** The role of a session host, without licences, and its 120 days are over. */
  "licence-grace-over": (state) => {
    state.logOn.licensing = { mode: 1, multiSession: false, type: 5, servers: 0, days: 0 };
    addEvents(state, "RemoteConnectionManager", 1128, null);
  },
  /** Restored from a snapshot that is older than the password of the computer account. */
  "domain-trust-lost": (state) => {
    join(state, { channel: 5 });
    addEvents(state, "Netlogon", 3210, null);
  },
  /** A DNS server that somebody set inside Windows does not know the domain. */
  "domain-unreachable": (state) => {
    join(state, { channel: 1311, dns: ["8.8.8.8"] });
    addEvents(state, "Netlogon", 5719, null);
  },
  "netlogon-disabled": (state) => join(state, { netlogon: "Stopped Disabled", channel: 1717 }),
  /** A policy of workstations was applied to a server. */
  "rdp-log-on-denied": (state) => {
    state.logOn.rights.held.dr = "BA";
  },
  "rdp-log-on-for-nobody": (state) => {
    delete state.logOn.rights.held.r;
  },
  /** Network level authentication needs this right. */
  "network-log-on-denied": (state) => {
    state.logOn.rights.held.dn = "BU";
  },
  "local-log-on-denied": (state) => {
    state.logOn.rights.held.di = "BU";
  },
  "services-may-not-log-on": (state) => {
    delete state.logOn.rights.held.s;
  },
  /** Passwords of the built-in administrator are tried from the Internet until it is locked out. */
  "password-spraying": (state) => {
    state.logOn.logOns = {
      failed: { "0xC0000064": 3800, "0xC000006A": 1100, "0xC0000234": 60 },
      recent: { "0xC0000064": 160, "0xC000006A": 40 },
      public: 4900,
      lockOuts: 12,
      more: true,
      locked: 1,
      administrator: "locked",
    };
  },
  /** Kerberos refuses the log-ons of the domain. */
  "clock-skew": (state) => {
    join(state, {});
    state.logOn.logOns.failed["0xC0000133"] = 14;
    state.logOn.logOns.recent["0xC0000133"] = 5;
  },
  /** Left behind by a program that was removed. */
  "userinit-broken": (state) => {
    const data = "C:\\ProgramData\\shellguard\\guard.exe,";
    state.logOn.subsystem.winlogon = [{ value: "Userinit", data, own: false, missing: [data.slice(0, -1)] }];
  },
  "setup-mode": (state) => {
    state.logOn.subsystem.setup = { type: 2, command: "C:\\sysprep\\start.cmd", exists: false };
  },
  "temporary-profiles": (state) => {
    state.logOn.subsystem.profiles = { backup: 1, temporary: 1, missing: 0 };
  },
  "rpc-hosts-split": (state) => {
    state.logOn.subsystem.rpcSplit = true;
  },
  "app-locker-refuses-windows": (state) => {
    state.logOn.subsystem.appLocker = [{ collection: "Exe", denies: false, allows: "nobody" }];
  },
  "software-restriction": (state) => {
    state.logOn.subsystem.restricted = { allows: false };
  },
} as const satisfies Record<string, Edit>;
