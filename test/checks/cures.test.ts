import { describe, expect, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import type { Finding } from "../../lib/core/finding.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import {
  dword,
  evidenceWith,
  folder,
  inUse,
  type ReadableGuest,
  rdpKey,
  service,
} from "../remediations/evidence-with.ts";

/*
 * What checks and planner come to together: for each fault as it shows in the field, the remediations that a repair
 * would choose by itself.
 */

type Edit = (guest: ReadableGuest) => void;

function resets(guest: ReadableGuest): void {
  guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
}

const keyClosed: Edit = (guest) => {
  rdpKey(guest).sddl = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)";
  resets(guest);
};
const keyCorrupt: Edit = (guest) => {
  Object.assign(inUse(guest).key, { usable: false, error: "Bad Data.", code: "0x80090005" });
  resets(guest);
};
const keyMissing: Edit = (guest) => {
  Object.assign(inUse(guest).key, { usable: false, error: "Keyset does not exist", file: null });
  guest.keys.rdpKey = null;
  resets(guest);
};
/** Windows goes on presenting it. */
const expired: Edit = (guest) => {
  inUse(guest).notAfter = fixtureTime;
  if ("notAfter" in guest.handshake) guest.handshake.notAfter = fixtureTime;
};
const dangling: Edit = (guest) => {
  guest.certificate.inUse = null;
  resets(guest);
};
const folderClosed: Edit = (guest) => {
  folder(guest).sddl = "D:PAI(A;;0x1200a9;;;BA)";
};
const cipherPolicy: Edit = (guest) => {
  guest.registry["cipher-policy/Functions"] = { type: "string", data: "TLS_AES_256_GCM_SHA384" };
  guest.schannel.usableWithRsa = [];
  resets(guest);
};
const stopped: Edit = (guest) => {
  service(guest, "TermService").state = "Stopped";
  guest.listener.owner = null;
  guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
};
const turnedOff: Edit = (guest) => {
  guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
  guest.listener.owner = null;
  guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
};
const turnedOffByPolicy: Edit = (guest) => {
  turnedOff(guest);
  guest.registry["policy/fDenyTSConnections"] = dword(1);
};
const weakLayer: Edit = (guest) => {
  guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
  guest.handshake = { result: "rdp-security" };
};
const strangeLayer: Edit = (guest) => {
  guest.registry["rdp-tcp/SecurityLayer"] = dword(7);
  guest.handshake = { result: "failed", stage: "negotiate", error: "Closed." };
};
const customExpired: Edit = (guest) => {
  guest.certificate.origin = "custom";
  Object.assign(inUse(guest), { store: "My", selfSigned: false });
  expired(guest);
};
const firewallShut: Edit = (guest) => {
  for (const rule of guest.firewall.rules) rule.enabled = false;
};

function chosenFor(edits: readonly Edit[]): string[] {
  const evidence = evidenceWith((guest) => {
    for (const edit of edits) edit(guest);
  });
  const findings = checks.map(
    (check): Finding => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }),
  );
  const plan = planRepair(evidence, findings, { force: false });
  if (!plan.ok) throw new Error(plan.problem.message);
  return plan.value.remediations.map(({ id }) => id);
}

describe("one fault, one remediation", () => {
  test.each<[string, Edit, string]>([
    ["the key's permissions", keyClosed, "repair-key-permissions"],
    ["a corrupt key", keyCorrupt, "renew-rdp-key"],
    ["a missing key", keyMissing, "renew-rdp-key"],
    ["an expired certificate", expired, "renew-rdp-certificate"],
    ["a pointer that leads nowhere", dangling, "renew-rdp-certificate"],
    ["a cipher policy without RSA", cipherPolicy, "reset-cipher-policy"],
    ["services that stand still", stopped, "restart-rdp-services"],
    ["Remote Desktop turned off", turnedOff, "enable-remote-desktop"],
    ["a layer that Windows does not know", strangeLayer, "restore-security-layer"],
    ["rules that are off", firewallShut, "open-windows-firewall"],
  ])("%s", (_, edit, remediation) => {
    expect(chosenFor([edit])).toEqual([remediation]);
  });
});

describe("faults together", () => {
  test.each<[string, Edit[], string[]]>([
    ["an expired certificate whose key is corrupt: a new key brings both", [expired, keyCorrupt], ["renew-rdp-key"]],
    [
      "an expired certificate that could not be replaced for lack of permission: the key stays",
      [expired, keyClosed],
      ["renew-rdp-certificate", "repair-key-permissions"],
    ],
    [
      "a corrupt key in a folder without permissions: not the whole folder",
      [keyCorrupt, folderClosed],
      ["renew-rdp-key", "repair-key-permissions"],
    ],
    [
      "a corrupt key, an expired certificate and a cipher policy",
      [expired, keyCorrupt, cipherPolicy],
      ["renew-rdp-key", "reset-cipher-policy"],
    ],
    ["stopped services and a firewall", [stopped, firewallShut], ["open-windows-firewall", "restart-rdp-services"]],
  ])("%s", (_, edits, remediations) => {
    expect(chosenFor(edits).toSorted()).toEqual(remediations);
  });
});

describe("what is somebody else's is left alone, sessions included", () => {
  test.each<[string, Edit]>([
    ["policy turns Remote Desktop off", turnedOffByPolicy],
    ["a custom certificate expired", customExpired],
    ["a reset without a cause", resets],
    ["a folder that was hardened", folderClosed],
    ["no TLS", weakLayer],
  ])("%s", (_, edit) => {
    expect(chosenFor([edit])).toEqual([]);
  });
});
