import { type Check, healthy, noted } from "../core/check.ts";
import { registryPath } from "../core/registry-value.ts";
import { effectiveSetting, numberAt } from "./_registry.ts";
import { judgeFrom } from "./_section.ts";

/**
 * Encryption level 4 and the FIPS mode of Windows demand the same of a client: algorithms that FIPS 140 allows. A client
 * that has none, which an old or an embedded one may not, is refused after the connection opens. [WMI][ADMX]
 */
export const fipsModeSuitsClients: Check = {
  id: "fips-mode-suits-clients",
  title: "No FIPS mode limits which clients can connect",
  run: judgeFrom(["registry"], ({ registry }) => {
    const level = effectiveSetting(registry, "MinEncryptionLevel");
    const mode = numberAt(registry, "fips/Enabled") === 1;
    const said = [
      ...(level.value === 4 ? [`${level.source} (FIPS compliant)`] : []),
      ...(mode ? [`${registryPath("fips/Enabled")} is 1`] : []),
    ];
    if (said.length === 0) return healthy("Neither the encryption level nor Windows demands FIPS.");
    return noted(
      `${said.join(", and ")}: clients without algorithms that FIPS allows are refused. This is a choice and no fault; update such a client.`,
      { MinEncryptionLevel: level.value, FIPS: mode },
    );
  }),
};
