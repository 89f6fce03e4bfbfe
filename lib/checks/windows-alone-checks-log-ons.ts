import { type Check, healthy, noted } from "../core/check.ts";
import { brief, judgeFrom } from "./_section.ts";

/**
 * A credential provider of others, e.g. of a product for a second factor, filters those of Windows: it asks after the
 * password, and may refuse, which no handshake shows. [CPF][DUO]
 */
export const windowsAloneChecksLogOns: Check = {
  id: "windows-alone-checks-log-ons",
  title: "No third-party product asks at the log-on",
  run: judgeFrom(["installedProducts"], ({ installedProducts: { credentials } }) => {
    if (credentials.length === 0) return healthy("No third-party product filters the credential providers of Windows.");
    return noted(
      `${credentials.map((one) => brief(one, 60)).join(", ")} filters the log-on screen: after the password it may ask for a second factor, or refuse, e.g. while its service is out of reach. If users fail there, look at its log, and at its rule for that case (fail open or closed).`,
    );
  }),
};
