import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import { registryPath } from "../core/registry-value.ts";
import { numberAt } from "./_registry.ts";
import { type Context, judgeFrom, readable } from "./_section.ts";
import { handshakeWorks, unlessWorking } from "./_works.ts";

/** Windows 8 and Server 2012: from this build on TLS 1.2 is on by default. [TLS] */
const firstBuildWithTls12 = 9200;

export const tls12IsEnabledForServer: Check = {
  id: "tls12-is-enabled-for-server",
  title: "TLS 1.2 is enabled for the server role",
  run: judgeFrom(["registry"], ({ registry }, context) => {
    const enabled = numberAt(registry, "tls12-server/Enabled");
    const disabledByDefault = numberAt(registry, "tls12-server/DisabledByDefault");
    if (enabled === 0) return judgeOff(`${registryPath("tls12-server/Enabled")} is 0.`, context);
    if (disabledByDefault) {
      return judgeOff(`${registryPath("tls12-server/DisabledByDefault")} is ${disabledByDefault}.`, context);
    }
    const older = judgeOlderClients(context);
    if (older) return older;
    if (enabled !== null) return healthy(`${registryPath("tls12-server/Enabled")} is ${enabled}.`);
    return judgeDefault(context);
  }),
};

/**
 * A server that is hardened to TLS 1.3 only serves clients that support it. Excluding the others is the owner's choice.
 */
function judgeOff(off: string, { evidence, guest }: Context): CheckResult {
  const handshake = readable(guest.handshake);
  if (handshakeWorks(evidence) && handshake?.result === "completed") {
    return noted(
      `${off} Remote Desktop works by ${handshake.protocol}; clients that support no newer protocol than TLS 1.2 cannot connect.`,
    );
  }
  return unlessWorking(faulty(`TLS 1.2 is off for servers: ${off}`, ["enable-tls12"]), evidence);
}

/**
 * Event 36874 names the protocol of the client. Where that one is off, the client has no newer one, and it is the client
 * that has to change. Scanners ask for old protocols too. [EV]
 */
function judgeOlderClients({ guest }: Context): CheckResult | null {
  const isOff = (protocol: string | null) =>
    (readable(guest.schannel)?.protocols ?? []).some(
      (one) => one.protocol === protocol && (one.enabled === 0 || Boolean(one.disabledByDefault)),
    );
  const refused = (readable(guest.events) ?? []).filter(
    ({ provider, id, status }) => provider === "Schannel" && id === 36874 && status !== "TLS 1.2" && isOff(status),
  );
  const [first] = refused;
  if (!first) return null;
  return noted(
    `Clients, or scanners, that support no newer protocol than ${first.status} were refused ${first.count} times in 24 hours (event 36874), and it is off for servers. That is a choice: update such a client.`,
    Object.fromEntries(refused.map(({ status, count }) => [`event 36874 (${status})`, count])),
  );
}

function judgeDefault({ guest }: Context): CheckResult {
  const build = readable(guest.system)?.build;
  if (build !== undefined && build >= firstBuildWithTls12) {
    return healthy(`No registry value configures TLS 1.2, and it is on by default in Windows build ${build}.`);
  }
  const handshake = readable(guest.handshake);
  if (handshake?.result === "completed" && handshake.protocol === "TLS 1.2") {
    return healthy("No registry value configures TLS 1.2, and a handshake used it.");
  }
  return unknown(
    `No registry value configures TLS 1.2, and its default is not known for Windows build ${build ?? "(not read)"}.`,
  );
}
