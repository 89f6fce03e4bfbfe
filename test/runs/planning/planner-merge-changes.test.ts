import { expect, test } from "vitest";
import type { Change } from "../../../lib/core/change.ts";
import type { Risk } from "../../../lib/core/risk.ts";
import { mergeChanges, type PlannedRemediation } from "../../../lib/runs/planning/merge-changes.ts";
import { dword, restart } from "../../remediations/evidence-with.ts";

function planned(risk: Risk, ...changes: Change[]): PlannedRemediation {
  const remediation = {
    id: risk,
    title: risk,
    restores: [],
    risk,
    mayNeedRestart: false,
    touches: [],
    sources: [],
    plan: () => changes,
  };
  return { remediation, changes };
}

function layer(data: number): Change {
  return { kind: "set-registry-value", value: "rdp-tcp/SecurityLayer", to: dword(data), was: dword(0) };
}

const renameFolder: Change = {
  kind: "rename-machine-keys-folder",
  was: { count: 4, digest: "0123456789abcdef" },
  force: false,
};
const renameKey: Change = { kind: "rename-rdp-key", was: { name: "f686", bytes: 1 } };
const security = { owner: "S-1-5-18", sddl: "D:" };
const folderAcl: Change = { kind: "grant-key-access", target: "machine-keys-folder", to: security, was: security };
const keyAcl: Change = { kind: "grant-key-access", target: "rdp-key", to: security, was: security };

test("equal changes are made once, in the order of work", () => {
  const merged = mergeChanges([planned("low", restart, layer(2)), planned("interrupts-sessions", layer(2), restart)]);
  expect(merged).toEqual([layer(2), restart]);
});

test("of two changes of one target, the more invasive remediation has the word, wherever it stands", () => {
  const mild = planned("low", layer(1));
  const strong = planned("interrupts-sessions", layer(2));
  expect(mergeChanges([mild, strong])).toEqual([layer(2)]);
  expect(mergeChanges([strong, mild])).toEqual([layer(2)]);
});

test("a removal and a new value are about one target too", () => {
  const removal: Change = { kind: "remove-registry-value", value: "tls12-server/Enabled", was: dword(0) };
  const setting: Change = { kind: "set-registry-value", value: "tls12-server/Enabled", to: dword(1), was: dword(0) };
  expect(mergeChanges([planned("low", removal), planned("interrupts-sessions", setting)])).toEqual([setting]);
});

test("a key that is replaced needs no permissions; its folder still does", () => {
  expect(mergeChanges([planned("low", folderAcl, keyAcl, renameKey)])).toEqual([folderAcl, renameKey]);
});

test("a folder that is made anew needs neither permissions nor a new key of its own", () => {
  expect(mergeChanges([planned("low", keyAcl, folderAcl, renameKey, renameFolder, restart)])).toEqual([
    renameFolder,
    restart,
  ]);
});

test("nothing merges into nothing", () => {
  expect(mergeChanges([])).toEqual([]);
});
