import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import { registryPath } from "../core/registry-value.ts";
import { numberAt } from "./_registry.ts";
import { type Context, judgeFrom, readable } from "./_section.ts";

/** Windows 8 and Server 2012: from here on TLS 1.2 is on unless somebody turned it off. [TLS] */
const firstBuildWithTls12 = 9200;

export const tls12IsEnabledForServer: Check = {
  id: "tls12-is-enabled-for-server",
  title: "TLS 1.2 is enabled for the server role",
  run: judgeFrom(["registry"], ({ registry }, context) => {
    const enabled = numberAt(registry, "tls12-server/Enabled");
    const disabledByDefault = numberAt(registry, "tls12-server/DisabledByDefault");
    if (enabled === 0) return faulty(`${registryPath("tls12-server/Enabled")} is 0.`, ["enable-tls12"]);
    if (disabledByDefault) {
      const path = registryPath("tls12-server/DisabledByDefault");
      return faulty(`${path} is ${disabledByDefault}.`, ["enable-tls12"]);
    }
    if (enabled !== null) return healthy(`${registryPath("tls12-server/Enabled")} is ${enabled}.`);
    return judgeDefault(context);
  }),
};

function judgeDefault({ guest }: Context): CheckResult {
  const build = readable(guest.system)?.build;
  if (build !== undefined && build >= firstBuildWithTls12) {
    return healthy(`No registry value speaks about TLS 1.2, and it is on by default in Windows build ${build}.`);
  }
  const handshake = readable(guest.handshake);
  if (handshake?.result === "completed" && handshake.protocol === "TLS 1.2") {
    return healthy("No registry value speaks about TLS 1.2, and a handshake used it.");
  }
  return unknown(
    `No registry value speaks about TLS 1.2, and its default is not known for Windows build ${build ?? "(not read)"}.`,
  );
}
