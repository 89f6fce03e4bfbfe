import { type Check, type CheckResult, faulty, healthy, notApplicable, unknown } from "../core/check.ts";
import { maximumPolicyLength, policySuites, worksWithRsa } from "../core/cipher-policy.ts";
import { type RegistryData, registryPath } from "../core/registry-value.ts";
import { judgeFrom, readable, type Section } from "./_section.ts";

const path = registryPath("cipher-policy/Functions");

/** Windows' own RDP certificate is RSA: a list without any suite for it leaves clients of TLS 1.2 nothing to agree on. [CSO] */
export const cipherPolicySuitsRdp: Check = {
  id: "cipher-policy-suits-rdp",
  title: "The policy for cipher suites leaves one for Remote Desktop",
  run: judgeFrom(["registry"], ({ registry }, { guest }) => {
    const policy = registry["cipher-policy/Functions"];
    const schannel = readable(guest.schannel);
    const algorithm = readable(guest.certificate)?.inUse?.keyAlgorithm ?? "RSA";
    if (!policy) return judgeDefault(schannel, algorithm);
    const length = [policy.data].flat().join(",").length;
    if (length > maximumPolicyLength) {
      return faulty(`${path} has ${length} characters, and Windows reads ${maximumPolicyLength}.`, [
        "reset-cipher-policy",
      ]);
    }
    if (algorithm !== "RSA") {
      return notApplicable(
        `The certificate in use has a key of type ${algorithm}, and the policy is judged for RSA alone.`,
      );
    }
    return judgePolicy(policy, schannel);
  }),
};

function judgePolicy(policy: RegistryData, schannel: Section<"schannel"> | null): CheckResult {
  const suites = policySuites(policy);
  const facts = { suites: suites.length, usableWithRsa: schannel?.usableWithRsa.length ?? null };
  if (!suites.some(worksWithRsa)) {
    return faulty(
      `None of the ${suites.length} suites in ${path} works with an RSA certificate.`,
      ["reset-cipher-policy"],
      facts,
    );
  }
  if (!schannel)
    return unknown(`${path} lists ${suites.length} suites; which of them Windows offers could not be read.`);
  if (schannel.usableWithRsa.length === 0) {
    return faulty(
      `${path} leaves no suite that Windows has and that works with an RSA certificate.`,
      ["reset-cipher-policy"],
      facts,
    );
  }
  return healthy(`${path} leaves ${schannel.usableWithRsa.length} suites that work with an RSA certificate.`, facts);
}

function judgeDefault(schannel: Section<"schannel"> | null, algorithm: string): CheckResult {
  if (schannel?.usableWithRsa.length === 0 && algorithm === "RSA") {
    return faulty(
      "No policy lists cipher suites, and Windows offers none that works with an RSA certificate. A list that was removed may still apply: restart the VM.",
      [],
    );
  }
  return healthy(`No policy lists cipher suites: ${path} is absent.`);
}
