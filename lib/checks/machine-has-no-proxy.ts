import { type Check, healthy, noted } from "../core/check.ts";
import { brief, judgeFrom } from "./_section.ts";

/**
 * A proxy for the whole machine concerns no connection to the listener. It decides whether Windows reaches revocation
 * lists, Microsoft Entra and licence servers, which a log-on may need. [NET]
 */
export const machineHasNoProxy: Check = {
  id: "machine-has-no-proxy",
  title: "No proxy is set for the whole machine",
  run: judgeFrom(["guestNetwork"], ({ guestNetwork: { proxies } }) => {
    if (proxies.length === 0) return healthy("No proxy is set for the whole machine.");
    return noted(
      `A proxy is set for the whole machine: ${proxies.map((proxy) => brief(proxy)).join(", ")}. If it does not answer, log-ons with Microsoft Entra and revocation checks fail.`,
    );
  }),
};
