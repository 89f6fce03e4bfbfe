import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { disablesStations, unlimitedInstances } from "../core/log-on.ts";
import { type RegistryValueId, registryPath } from "../core/registry-value.ts";
import { accessTag } from "../core/vm-tags.ts";
import { numberAt, policyAdvice } from "./_registry.ts";
import { type Context, fitting, judgeFrom, readable, worstResult } from "./_section.ts";

const restored = ["enable-log-on"];

/**
 * Whether the listener accepts new log-ons. These switches show only after TLS: a handshake succeeds with each of them.
 * [GE]
 */
export const rdpAcceptsLogOns: Check = {
  id: "rdp-accepts-log-ons",
  title: "Remote Desktop accepts new log-ons",
  run: judgeFrom(["registry"], ({ registry }, context) => {
    const results = [
      closed(registry),
      draining(registry, context),
      full(registry, context) ?? taken(context),
      directed(registry, context),
    ].filter((result) => result !== null);
    return (
      worstResult(results) ??
      healthy("No switch of the listener refuses new log-ons, and no limit of sessions is reached.")
    );
  }),
};

function is(id: RegistryValueId, data: number | string): string {
  return `${registryPath(id)} is ${data}`;
}

function closed(registry: RegistrySection): CheckResult | null {
  if (numberAt(registry, "terminal-server/TSEnabled") === 0) {
    return faulty(`Remote Desktop Services are turned off: ${is("terminal-server/TSEnabled", 0)}.`, restored);
  }
  const disabled = numberAt(registry, "rdp-tcp/fLogonDisabled");
  if (disabled) {
    return faulty(`The listener refuses every log-on: ${is("rdp-tcp/fLogonDisabled", disabled)}.`, restored);
  }
  const stations = registry["winlogon/WinStationsDisabled"];
  if (disablesStations(stations)) {
    return faulty(
      `Remote log-ons are disabled, as by "change logon /disable": ${is("winlogon/WinStationsDisabled", stations.data)}.`,
      restored,
    );
  }
  return null;
}

/**
 * Drain mode has a purpose on a session host: users finish their work before maintenance. There a repair leaves it only
 * when it is asked to by name.
 */
function draining(registry: RegistrySection, { guest }: Context): CheckResult | null {
  const mode = numberAt(registry, "terminal-server/TSServerDrainMode");
  if (!mode) return null;
  const until = mode === 1 ? "until Windows starts again" : "for good";
  const because = `The server is in drain mode and refuses new sessions ${until}: ${is("terminal-server/TSServerDrainMode", mode)}.`;
  if (readable(guest.licensing)?.mode !== 1) return faulty(because, restored);
  return faulty(
    fitting(
      because,
      'On a session host maintenance begins so. When it is over: "change logon /enable" on the VM, or enable-log-on by name.',
      `While it lasts, the tag ${accessTag}=closed tells.`,
    ),
    [],
  );
}

const limitAdvice = policyAdvice('change "Limit number of connections"');

/** A limit of sessions counts disconnected ones too. */
function full(registry: RegistrySection, { guest }: Context): CheckResult | null {
  const byPolicy = registry["policy/MaxInstanceCount"] !== null;
  const id = byPolicy ? "policy/MaxInstanceCount" : "rdp-tcp/MaxInstanceCount";
  const limit = numberAt(registry, id);
  if (limit === null || limit === unlimitedInstances) return null;
  const sessions = readable(guest.sessions);
  if (limit === 0) {
    const none = `The listener accepts no session at all: ${is(id, 0)}.`;
    return byPolicy ? faulty(`${none} ${limitAdvice}`, []) : faulty(none, restored);
  }
  if (!sessions) return unknown(`${is(id, limit)}, and the sessions could not be counted.`);
  const count = sessions.active + sessions.disconnected;
  const facts = { limit, ...sessions };
  if (count < limit)
    return noted(`The listener accepts at most ${limit} sessions, and has ${count}: ${is(id, limit)}.`, facts);
  const because = `The listener has ${count} sessions and accepts at most ${limit}: ${is(id, limit)}. A disconnected session counts.`;
  if (!byPolicy) return faulty(`${because} Signing one of them out helps at once.`, restored, facts);
  return faulty(`${because} Sign one of them out. ${limitAdvice}`, [], facts);
}

/**
 * The connection broker of a collection redirects every session but an administrative one, and none begins while it does
 * not answer. Whether it does is not looked at. [TSD][BRK]
 */
function directed(registry: RegistrySection, { guest }: Context): CheckResult | null {
  const policy = numberAt(registry, "policy/SessionDirectoryActive");
  const active = policy ?? numberAt(registry, "cluster-settings/SessionDirectoryActive");
  if (active !== 1 || readable(guest.licensing)?.mode !== 1) return null;
  return noted(
    "It is a session host of a collection: the connection broker redirects each session, perhaps to another host, and refuses it when it does not answer. An administrator gets in here with `mstsc /admin`; look at the broker if users do not.",
    { SessionDirectoryActive: active },
  );
}

/** How many sessions Windows Server has without the role of a session host. [TSS] */
const administrativeSessions = 2;

/**
 * Both administrative sessions are in use. The counts do not tell whose they are: an account gets its own session back,
 * and another one may end one of them, so that this is a note.
 */
function taken({ guest }: Context): CheckResult | null {
  const licensing = readable(guest.licensing);
  const sessions = readable(guest.sessions);
  const isServer = readable(guest.system)?.productType !== "workstation";
  if (!sessions || !isServer || licensing?.mode !== 0 || licensing.multiSession) return null;
  const count = sessions.active + sessions.disconnected;
  if (count < administrativeSessions) return null;
  return noted(
    `${count} sessions are in use (${sessions.active} active, ${sessions.disconnected} disconnected); without the role of a session host Windows allows two. An account gets its own session back; another one must end one of them: "query session" and "logoff ID" by Run Command.`,
    { ...sessions },
  );
}
