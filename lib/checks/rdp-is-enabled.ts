import { type Check, faulty, healthy, unknown } from "../core/check.ts";
import { registryPath } from "../core/registry-value.ts";
import { effective, numberAt } from "./_registry.ts";
import { judgeFrom, readable } from "./_section.ts";

export const rdpIsEnabled: Check = {
  id: "rdp-is-enabled",
  title: "Remote Desktop is enabled",
  run: judgeFrom(["registry"], ({ registry }, { guest }) => {
    const denies = effective(registry, "fDenyTSConnections");
    if (denies.value !== 0 && denies.byPolicy) {
      return faulty(`Group policy turns Remote Desktop off: ${denies.source}. The owner of the policy must act.`, []);
    }
    if (denies.value === null) {
      // What Windows does without the value is not documented: whether somebody listens tells.
      const listener = readable(guest.listener);
      if (!listener) return unknown(`${denies.source}, and whether somebody listens could not be read.`);
      if (!listener.owner) return faulty(`${denies.source}, and nobody listens.`, ["enable-remote-desktop"]);
    } else if (denies.value !== 0) {
      return faulty(`Remote Desktop is turned off: ${denies.source}.`, ["enable-remote-desktop"]);
    }
    if (numberAt(registry, "terminal-server/TSUserEnabled")) {
      const path = registryPath("terminal-server/TSUserEnabled");
      return faulty(`Log-ons are forbidden: ${path} is not 0.`, ["enable-remote-desktop"]);
    }
    if (numberAt(registry, "rdp-tcp/fEnableWinStation") === 0) {
      return faulty(`The listener is turned off: ${registryPath("rdp-tcp/fEnableWinStation")} is 0.`, [
        "enable-remote-desktop",
      ]);
    }
    return healthy(`Remote Desktop is on (${denies.byPolicy ? "group policy" : "local value"}): ${denies.source}.`);
  }),
};
