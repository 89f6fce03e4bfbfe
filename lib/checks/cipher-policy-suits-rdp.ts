import { type Check, type CheckResult, faulty, healthy, notApplicable, noted, unknown } from "../core/check.ts";
import { maximumPolicyLength, policySuites, worksWithEcdsa, worksWithRsa } from "../core/cipher-policy.ts";
import { type RegistryData, registryPath } from "../core/registry-value.ts";
import { brief, type Context, judgeFrom, readable, type Section } from "./_section.ts";
import { handshakeWorks } from "./_works.ts";

const path = registryPath("cipher-policy/Functions");
const localPath = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002";

/**
 * Windows' own RDP certificate is RSA. A policy list without any RSA suite leaves TLS 1.2 clients no common suite
 * [CSO]. A list is normal on healthy Azure images, so it is a fault only together with a failed handshake. [CON]
 */
export const cipherPolicySuitsRdp: Check = {
  id: "cipher-policy-suits-rdp",
  title: "The policy for cipher suites leaves one for Remote Desktop",
  run: judgeFrom(["registry"], ({ registry }, context) => {
    const policy = registry["cipher-policy/Functions"];
    const schannel = readable(context.guest.schannel);
    const algorithm = readable(context.guest.certificate)?.inUse?.keyAlgorithm ?? "RSA";
    const off = schannel && judgeAlgorithms(schannel);
    const found =
      off ??
      (policy
        ? judgePolicy(policy, schannel, algorithm, readable(context.guest.events) ?? [])
        : judgeDefault(schannel, algorithm));
    return besideHandshake(found, context);
  }),
};

/** Without any of a group no suite of TLS 1.2 is left that a certificate of RSA or ECDSA can use with AES. [SCR] */
const groups = [
  ["Ciphers\\AES 128/128", "Ciphers\\AES 256/256"],
  ["Hashes\\SHA256", "Hashes\\SHA384"],
  ["KeyExchangeAlgorithms\\Diffie-Hellman", "KeyExchangeAlgorithms\\ECDH", "KeyExchangeAlgorithms\\PKCS"],
];

/** Schannel's keys switch off what every suite needs, which no list of suites shows. 1 instead of 0xffffffff does it too. [SC1] */
function judgeAlgorithms({ algorithmsOff = [] }: Section<"schannel">): CheckResult | null {
  const isOff = (name: string) => algorithmsOff.some((one) => one.startsWith(`${name} `));
  const group = groups.find((names) => names.every(isOff));
  if (!group) return null;
  const data = algorithmsOff.filter((one) => group.some((name) => one.startsWith(`${name} `)));
  return faulty(
    `Schannel's own keys do not leave what TLS 1.2 needs: ${data.map((one) => brief(one)).join(", ")} (HKLM\\${schannelKey}, value Enabled). Set each Enabled to 0xffffffff or remove it, and restart the VM.`,
    [],
    { algorithmsOff: algorithmsOff.join(", ") },
  );
}

const schannelKey = "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL";

/** When the handshake completes, or could not be tried, the list proves no fault. */
function besideHandshake(result: CheckResult, { evidence }: Context): CheckResult {
  if (result.verdict !== "faulty") return result;
  const works = handshakeWorks(evidence);
  if (works === true) {
    return noted(`${result.because} The handshake completes nevertheless.`);
  }
  if (works === null) return unknown(`${result.because} No handshake shows whether that does harm.`);
  return result;
}

/** No suite of the client is among those of the server. [EV] */
const noCommonSuite = 36874;

function judgePolicy(
  policy: RegistryData,
  schannel: Section<"schannel"> | null,
  algorithm: string,
  events: Section<"events">,
): CheckResult {
  const length = [policy.data].flat().join(",").length;
  if (length > maximumPolicyLength) {
    return faulty(`${path} has ${length} characters, and Windows reads ${maximumPolicyLength}.`, [
      "reset-cipher-policy",
    ]);
  }
  const suites = policySuites(policy);
  if (algorithm === "ECDSA") return judgeEcdsa(suites);
  if (algorithm !== "RSA") {
    return notApplicable(`The certificate in use has a key of type ${algorithm}; suites are judged for RSA and ECDSA.`);
  }
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
  const leaves = `${path} leaves ${schannel.usableWithRsa.length} suites that work with an RSA certificate`;
  const refused = events.filter(({ provider, id }) => provider === "Schannel" && id === noCommonSuite);
  const count = refused.reduce((sum, event) => sum + event.count, 0);
  if (count === 0) return healthy(`${leaves}.`, facts);
  return noted(
    `${leaves}. Clients, or scanners, that have none of these were refused ${count} times in 24 hours (event ${noCommonSuite}): update such a client, or let the policy's owner add a suite.`,
    { ...facts, [`event ${noCommonSuite}`]: count },
  );
}

/** A certificate with an ECDSA key is somebody's choice, and so is the list: which of them changes is theirs to decide. */
function judgeEcdsa(suites: readonly string[]): CheckResult {
  const usable = suites.filter(worksWithEcdsa);
  if (usable.length > 0) {
    return healthy(`${path} lists ${usable.length} suites that work with the ECDSA certificate in use.`);
  }
  return faulty(
    `None of the ${suites.length} suites in ${path} works with the ECDSA certificate in use. Add TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 to the list, bind an RSA certificate, or remove the binding.`,
    [],
    { suites: suites.length },
  );
}

/** Disable-TlsCipherSuite changes the local configuration, and a restart does not restore it. [MT] */
function judgeDefault(schannel: Section<"schannel"> | null, algorithm: string): CheckResult {
  if (schannel?.usableWithRsa.length === 0 && algorithm === "RSA") {
    const { localWithRsa } = schannel;
    const none = "No policy lists cipher suites, and Windows offers none for an RSA certificate:";
    const enable = "Enable-TlsCipherSuite TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
    if (localWithRsa === 0) {
      return faulty(
        `${none} they were disabled in the local configuration (${localPath}). Enable one on the VM: ${enable}`,
        [],
        { localWithRsa },
      );
    }
    if (localWithRsa !== undefined) {
      return faulty(
        `${none} the local configuration has ${localWithRsa}, so a list that was removed still applies. Restart the VM.`,
        [],
        { localWithRsa },
      );
    }
    return faulty(
      `${none} enable one that was disabled locally (${enable}), or restart the VM if a list that was removed still applies.`,
      [],
    );
  }
  return healthy(`No policy lists cipher suites: ${path} is absent.`);
}
