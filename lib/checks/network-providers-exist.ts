import { type Check, faulty, healthy } from "../core/check.ts";
import { brief, judgeFrom } from "./_section.ts";

const order = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order\\ProviderOrder";

/**
 * A network provider of a product that was removed stays in the order, and a log-on waits for it: "Please wait for the
 * Network Connections". Windows' own providers are never counted. [NET]
 */
export const networkProvidersExist: Check = {
  id: "network-providers-exist",
  title: "Every network provider that a log-on waits for exists",
  run: judgeFrom(["guestNetwork"], ({ guestNetwork: { deadProviders } }) => {
    if (deadProviders.length === 0) return healthy("No network provider lacks its library.");
    const names = deadProviders.map((name) => brief(name)).join(", ");
    return faulty(
      `The network provider ${names} has no library any more, and a log-on may wait for it for ever. Take the name out of ${order}.`,
      [],
      { deadProviders: names },
    );
  }),
};
