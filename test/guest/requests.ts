import { registryValueIds } from "../../lib/core/registry-value.ts";
import { machineKeysDefault } from "../../lib/core/windows.ts";
import { GuestRequest } from "../../lib/guest/protocol.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";

export const emptyRequest = GuestRequest.parse({
  version: 1,
  runId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
  step: "apply-1",
  notAfter: "2026-11-21T08:10:00.000Z",
});

/** As many changes as a request may hold, each of them long. */
export const largestRequest = GuestRequest.parse({
  ...emptyRequest,
  changes: [
    ...registryValueIds.slice(0, 21).map((value, at) => ({
      kind: "remove-registry-value",
      value,
      was: { type: "string", data: `TLS_ECDHE_RSA_WITH_AES_${at}_GCM_SHA384,${at * 7919}` },
    })),
    { kind: "grant-key-access", target: "rdp-key", to: rdpKeyAsMade, was: { ...machineKeysDefault } },
    { kind: "grant-key-access", target: "machine-keys-folder", to: { ...machineKeysDefault }, was: rdpKeyAsMade },
    ...["A", "B", "C", "D", "E", "F", "0", "1", "2"].map((digit) => ({
      kind: "remove-rdp-certificate",
      thumbprint: digit.repeat(40),
      was: { notAfter: "2027-03-02T00:00:00.000Z" },
    })),
  ],
});
