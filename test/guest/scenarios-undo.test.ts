import { describe, expect, test } from "vitest";
import { registryPath } from "../../lib/core/registry-value.ts";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { keyOf } from "../../sandbox/windows/certificates.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { FaultName } from "../../sandbox/windows/faults.ts";
import { foreignKey } from "../../sandbox/windows/healthy.ts";
import {
  ask,
  changes,
  guests,
  look,
  type MakeChanges,
  removeCertificates,
  renameFolder,
  renameRdpKey,
  restart,
  runId,
  set,
  windowsWith,
} from "./scenarios-rig.ts";

async function repaired(guest: Guest, faults: FaultName[], make: MakeChanges) {
  const windows = windowsWith(...faults);
  const broken = comparableState(windows.state);
  const list = make(await look(modelledGuest, windows));
  const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
  expect(reply.status).toBe("done");
  return { windows, broken };
}

const hardenLayer = changes(
  set("rdp-tcp/SecurityLayer", 2),
  set("rdp-tcp/UserAuthentication", 1),
  set("rdp-tcp/MinEncryptionLevel", 2),
  restart,
);
const layer = registryPath("rdp-tcp/SecurityLayer");

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("undo", () => {
    test("leaves alone what somebody changed since, says so, and takes back the rest", async () => {
      const { windows, broken } = await repaired(guest, ["security-layer-weak"], hardenLayer);
      windows.state.registry[layer] = { type: "dword", data: 1 };

      const { reply } = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(reply.status).toBe("done");
      expect(reply.conflicts).toEqual([expect.stringContaining("SecurityLayer")]);
      expect(comparableState(windows.state)).toEqual({
        ...broken,
        registry: { ...broken.registry, [layer]: { type: "dword", data: 1 } },
      });

      // What was left alone is still there to be undone.
      const forced = { runId: runId(3), step: "undo-1", undoes: runId(1), force: true };
      expect((await ask(guest, windows, "undo", forced)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("takes back everything when forced, and that can be undone too", async () => {
      const { windows, broken } = await repaired(guest, ["security-layer-weak"], hardenLayer);
      windows.state.registry[layer] = { type: "dword", data: 1 };
      const changed = comparableState(windows.state);
      const forced = { runId: runId(2), step: "undo-1", undoes: runId(1), force: true };
      expect((await ask(guest, windows, "undo", forced)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
      await ask(guest, windows, "undo", { runId: runId(3), step: "undo-1", undoes: runId(2) });
      expect(comparableState(windows.state)).toEqual(changed);
    });

    test("puts the former key back although Windows has made yet another one since", async () => {
      const make = changes(renameRdpKey, removeCertificates, restart);
      const { windows, broken } = await repaired(guest, ["key-corrupt"], make);
      for (const one of Object.values(windows.state.certificates["Remote Desktop"])) {
        one.notAfter = "2026-11-20T00:00:00.000Z";
      }
      windows.reboot();
      const { reply } = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("keeps the keys that others made, or made anew, in the new folder", async () => {
      const make = changes(renameFolder(), removeCertificates, restart);
      const faults: FaultName[] = ["key-corrupt", "certificate-expired"];
      const { windows, broken } = await repaired(guest, faults, make);
      const born = `${machineKeysFolder}\\born`;
      windows.state.files[born] = foreignKey("a web site that was added", 1800);
      const inPlace = Object.entries(windows.state.files).filter(([path]) => path.startsWith(machineKeysFolder));
      const [changed = ""] = inPlace.find(([, file]) => file.content === keyOf("iisWasKey")) ?? [];
      windows.state.files[changed] = foreignKey("iisWasKey, made anew", 1713);
      const { reply } = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual({
        ...broken,
        files: {
          ...broken.files,
          [born]: foreignKey("a web site that was added", 1800),
          [changed]: foreignKey("iisWasKey, made anew", 1713),
        },
      });
    });

    test("of the run's own work, as after a repair that did not prove itself", async () => {
      const { windows, broken } = await repaired(guest, ["security-layer-weak"], hardenLayer);
      const own = { runId: runId(1), step: "undo-1", undoes: runId(1) };
      expect((await ask(guest, windows, "undo", own)).reply.status).toBe("done");
      expect(comparableState(windows.state)).toEqual(broken);
      const late = { runId: runId(2), step: "undo-1", undoes: runId(1) };
      expect((await ask(guest, windows, "undo", late)).reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("of an apply that was killed, and never asked again, by another run", async () => {
      const windows = windowsWith("security-layer-weak");
      const broken = comparableState(windows.state);
      const list = hardenLayer(await look(modelledGuest, windows));
      let calls = 0;
      windows.onCall = (name) => {
        if (name === "Set-RegistryData") calls += 1;
        if (calls > 1) throw new Error("killed");
      };
      const killed = { runId: runId(1), step: "apply-1", changes: list };
      await ask(guest, windows, "apply", killed).catch(() => null);
      windows.onCall = () => {};
      expect(comparableState(windows.state)).not.toEqual(broken);
      const { reply } = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(reply.status).toBe("done");
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test.each([
      ["an unknown run", runId(77)],
      ["no run at all", null],
    ])("of %s is refused", async (_, undoes) => {
      const windows = windowsWith("security-layer-weak");
      const before = comparableState(windows.state);
      const { reply } = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes });
      expect(reply).toMatchObject({ status: "refused", receipts: [], reason: expect.any(String) });
      expect(comparableState(windows.state)).toEqual(before);
    });
  });
});
