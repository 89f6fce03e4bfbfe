import { expect, test } from "vitest";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import { resetCipherPolicy } from "../../lib/remediations/reset-cipher-policy.ts";
import { evidenceWith, forced, notForced, restart } from "./evidence-with.ts";

const withoutRsa = "TLS_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
const withRsa = `${withoutRsa}, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P256`;

function policy(was: RegistryData, usableWithRsa: string[]) {
  return evidenceWith((guest) => {
    guest.registry["cipher-policy/Functions"] = was;
    guest.registry["cipher-policy/EccCurves"] = { type: "multi-string", data: ["NistP256"] };
    guest.schannel.usableWithRsa = usableWithRsa;
  });
}

for (const was of [
  { type: "string", data: withoutRsa },
  { type: "multi-string", data: withoutRsa.split(",") },
  { type: "string", data: "" },
  { type: "string", data: "TLS_RSA_WITH_NULL_SHA256" },
] satisfies RegistryData[]) {
  test(`removes the list and nothing beside it: ${was.type} ${was.data}`, () => {
    expect(resetCipherPolicy.plan(policy(was, ["TLS_RSA_WITH_AES_256_GCM_SHA384"]), notForced)).toEqual([
      { kind: "remove-registry-value", value: "cipher-policy/Functions", was },
      restart,
    ]);
  });
}

test("removes a list whose RSA suites this Windows does not have", () => {
  expect(resetCipherPolicy.plan(policy({ type: "string", data: withRsa }, []), notForced)).toHaveLength(2);
});

test("removes a list that is longer than Windows reads", () => {
  const long = Array.from({ length: 30 }, () => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384").join(",");
  expect(resetCipherPolicy.plan(policy({ type: "string", data: long }, ["any"]), notForced)).toHaveLength(2);
});

test("leaves a list that suits, unless forced", () => {
  const evidence = policy({ type: "string", data: withRsa }, ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]);
  expect(resetCipherPolicy.plan(evidence, notForced)).toEqual([]);
  expect(resetCipherPolicy.plan(evidence, forced)).toHaveLength(2);
});

test("judges by the list where Schannel could not be read", () => {
  const evidence = policy({ type: "string", data: withRsa }, []);
  if (evidence.guest) evidence.guest.schannel = { unreadable: "dropped" };
  expect(resetCipherPolicy.plan(evidence, notForced)).toEqual([]);
});

test("says that a restart may be needed", () => {
  expect(resetCipherPolicy.mayNeedRestart).toBe(true);
});
