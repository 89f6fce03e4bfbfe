import { type Check, healthy, unknown } from "../core/check.ts";
import { policySuites } from "../core/cipher-policy.ts";
import { registryPath } from "../core/registry-value.ts";
import { policyAdvice } from "./_registry.ts";
import { brief, judgeFrom } from "./_section.ts";

const path = registryPath("cipher-policy/EccCurves");

/** The curves that Windows' own clients offer without a setting, and the standard's names for two of them. [TLSC] */
const offered = ["curve25519", "nistp256", "nistp384", "secp256r1", "secp384r1"];

/**
 * With a list of curves that no client has, suites with ECDHE cannot be agreed on, and modern clients have no other.
 * The list is a policy's: it is told, and never changed. [TLSC]
 */
export const eccCurvesSuitClients: Check = {
  id: "ecc-curves-suit-clients",
  title: "The policy for elliptic curves leaves one that clients have",
  run: judgeFrom(["registry"], ({ registry }) => {
    const policy = registry["cipher-policy/EccCurves"];
    if (!policy) return healthy(`No policy lists elliptic curves: ${path} is absent.`);
    const curves = policySuites(policy);
    const shared = curves.filter((curve) => offered.includes(curve.toLowerCase()));
    if (shared.length > 0) return healthy(`${path} leaves ${shared.join(", ")}, which clients have.`);
    const says = `${path} leaves ${brief(curves.join(", ")) || "no curve"}, which Windows' clients do not offer.`;
    return unknown(
      `${says} The VM's own client has the same list, so that its handshake proves nothing. ${policyAdvice("add NistP256 or remove the list")}`,
    );
  }),
};
