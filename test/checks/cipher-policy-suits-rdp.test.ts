import { describe, expect, test } from "vitest";
import { cipherPolicySuitsRdp } from "../../lib/checks/cipher-policy-suits-rdp.ts";
import { inUse, type ReadableGuest } from "../remediations/evidence-with.ts";
import {
  expectFaulty,
  expectHealthy,
  expectNoted,
  expectUnknown,
  judged,
  judgedBroken,
  judgedWithout,
} from "./judged.ts";

const reset = ["reset-cipher-policy"];
const ecdsa = "TLS_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
const rsa = `${ecdsa},TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`;

function policy(data: string | string[], usableWithRsa?: string[]) {
  return (guest: ReadableGuest) => {
    guest.registry["cipher-policy/Functions"] =
      typeof data === "string" ? { type: "string", data } : { type: "multi-string", data };
    if (usableWithRsa) guest.schannel.usableWithRsa = usableWithRsa;
  };
}

function ownCertificate(guest: ReadableGuest): void {
  Object.assign(inUse(guest), { keyAlgorithm: "ECDSA", store: "My", selfSigned: false });
}

describe("without a policy", () => {
  test("the default of Windows suits", () => {
    expectHealthy(judged(cipherPolicySuitsRdp), "Functions is absent");
    expectHealthy(judgedWithout(cipherPolicySuitsRdp, ["schannel", "certificate"]));
  });

  test("no suite to offer is a fault that no remediation has, for an RSA certificate", () => {
    const none = (guest: ReadableGuest) => {
      guest.schannel.usableWithRsa = [];
    };
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, none), [], "Enable-TlsCipherSuite");
    const withOwn = judged(cipherPolicySuitsRdp, (guest) => {
      none(guest);
      ownCertificate(guest);
    });
    expectHealthy(withOwn);
  });
});

describe("with a policy", () => {
  test("suits while it leaves a suite for RSA", () => {
    expectHealthy(judged(cipherPolicySuitsRdp, policy(rsa)), "leaves 2 suites");
    expectHealthy(judged(cipherPolicySuitsRdp, policy(rsa.split(","))));
  });

  test("a list without any suite for RSA is a fault, whether it applies already or after the next start", () => {
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, policy(ecdsa, [])), reset, "None of the 2 suites");
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, policy(ecdsa)), reset, "None of the 2 suites");
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, policy("")), reset, "None of the 0 suites");
    expectUnknown(
      judgedWithout(cipherPolicySuitsRdp, ["handshake"], policy(ecdsa)),
      "No handshake shows whether that does harm",
    );
  });

  test("beside a handshake that completes, no list is a fault", () => {
    for (const edit of [policy(ecdsa, []), policy(""), policy(rsa, []), policy(`${rsa},${"X".repeat(1000)}`)]) {
      expectNoted(judged(cipherPolicySuitsRdp, edit), "The handshake completes nevertheless");
    }
  });

  test("a list of suites that this Windows lacks is a fault", () => {
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, policy(rsa, [])), reset, "leaves no suite");
  });

  test("what Windows makes of a list with suites for RSA is not guessed", () => {
    expectUnknown(judgedWithout(cipherPolicySuitsRdp, ["schannel"], policy(rsa)), "could not be read");
  });

  test("1,023 characters are read, and no more", () => {
    const filled = (length: number) => `${rsa},${"X".repeat(length - rsa.length - 1)}`;
    expectHealthy(judged(cipherPolicySuitsRdp, policy(filled(1023))));
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, policy(filled(1024))), reset, "1024 characters");
  });

  test("is judged by the key of the certificate in use", () => {
    const bound = (list: string, keyAlgorithm: "ECDSA" | "other") => (guest: ReadableGuest) => {
      policy(list, [])(guest);
      ownCertificate(guest);
      inUse(guest).keyAlgorithm = keyAlgorithm;
    };
    expectHealthy(judgedBroken(cipherPolicySuitsRdp, bound(ecdsa, "ECDSA")), "the ECDSA certificate in use");
    expectFaulty(
      judgedBroken(cipherPolicySuitsRdp, bound("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDSA")),
      [],
      "bind an RSA certificate",
    );
    expectFaulty(judgedBroken(cipherPolicySuitsRdp, bound("TLS_AES_256_GCM_SHA384", "ECDSA")), [], "None of the 1");
    expect(judgedBroken(cipherPolicySuitsRdp, bound(rsa, "other")).verdict).toBe("not-applicable");
  });

  test("is judged for RSA where there is no certificate yet: Windows will make that", () => {
    const result = judgedBroken(cipherPolicySuitsRdp, (guest) => {
      policy(ecdsa, [])(guest);
      guest.certificate.inUse = null;
    });
    expectFaulty(result, reset, "RSA");
  });
});

describe("without a policy, when Windows offers no suite for RSA", () => {
  const local = (localWithRsa?: number) => (guest: ReadableGuest) => {
    Object.assign(guest.schannel, { usableWithRsa: [], ...(localWithRsa !== undefined && { localWithRsa }) });
  };

  test("suites that the local configuration lacks are enabled there, and no restart is advised", () => {
    const result = judgedBroken(cipherPolicySuitsRdp, local(0));
    expectFaulty(result, [], "Enable-TlsCipherSuite");
    expect(result.because).not.toMatch(/restart/i);
  });

  test("suites that the local configuration has need a restart alone", () => {
    const result = judgedBroken(cipherPolicySuitsRdp, local(12));
    expectFaulty(result, [], "Restart the VM");
    expect(result.because).not.toContain("Enable-TlsCipherSuite");
  });

  test("both are told where the local configuration is not known", () => {
    const result = judgedBroken(cipherPolicySuitsRdp, local());
    expect(result.because).toMatch(/Enable-TlsCipherSuite.*restart the VM/);
  });
});

test("algorithms that Schannel's keys switch off are a fault beside a handshake that fails, when none of a kind is left", () => {
  const off = (algorithmsOff: string[]) => (guest: ReadableGuest) => {
    guest.schannel.algorithmsOff = algorithmsOff;
  };
  const ciphers = ["Ciphers\\AES 128/128 0", "Ciphers\\AES 256/256 1"];
  expectFaulty(judgedBroken(cipherPolicySuitsRdp, off(ciphers)), [], "Ciphers\\AES 256/256 1");
  expectFaulty(judgedBroken(cipherPolicySuitsRdp, off(["Hashes\\SHA256 0", "Hashes\\SHA384 0"])), [], "0xffffffff");
  const exchange = ["Diffie-Hellman", "ECDH", "PKCS"].map((name) => `KeyExchangeAlgorithms\\${name} 0`);
  const longest = judgedBroken(cipherPolicySuitsRdp, off(exchange));
  expectFaulty(longest, [], "ECDH");
  expect(longest.because.length).toBeLessThanOrEqual(320);
  // One of a kind is hardening: the other is left.
  for (const one of [ciphers[0] ?? "", "Hashes\\SHA256 0", "KeyExchangeAlgorithms\\PKCS 0"]) {
    expectHealthy(judgedBroken(cipherPolicySuitsRdp, off([one])));
  }
  // As every change of Schannel, it counts from the next start of Windows on.
  expectNoted(judged(cipherPolicySuitsRdp, off(ciphers)), "completes nevertheless");
});

test("clients that a policy's list refuses are noted beside a handshake that completes", () => {
  const refused = (edit: (guest: ReadableGuest) => void) =>
    judged(cipherPolicySuitsRdp, (guest) => {
      guest.events = [{ provider: "Schannel", id: 36874, status: "TLS 1.2", count: 23, last: guest.collectedAt }];
      edit(guest);
    });
  expectNoted(refused(policy(rsa)), "refused 23 times in 24 hours (event 36874)");
  expectHealthy(refused(() => {}));
  expectHealthy(judged(cipherPolicySuitsRdp, policy(rsa)));
});
