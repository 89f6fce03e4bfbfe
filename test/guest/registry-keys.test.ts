import { describe, expect, test } from "vitest";
import { declaredValues } from "../../lib/core/registry-value.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { keyState } from "../../sandbox/windows/registry.ts";
import { ask, changes, guests, look, restart, runId, set, windowsWith } from "./scenarios-rig.ts";

const tls12Server = `HKLM\\${declaredValues["tls12-server/Enabled"].key}`;
const dword = (data: number) => ({ type: "dword", data }) as const;

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("registry keys", () => {
    const enable = { kind: "set-registry-value", value: "tls12-server/Enabled", to: dword(1), was: null } as const;

    async function applied() {
      const windows = windowsWith();
      const before = comparableState(windows.state);
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: [enable] });
      expect(reply).toMatchObject({ status: "done" });
      return { windows, before };
    }

    test("that a value lacks are made, an undo takes them away, and its undo makes them again", async () => {
      const { windows, before } = await applied();
      const after = comparableState(windows.state);
      expect(keyState(windows.state, tls12Server)).toBe("used");
      const undone = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(undone.reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(before);
      const again = await ask(guest, windows, "undo", { runId: runId(3), step: "undo-1", undoes: runId(2) });
      expect(again.reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(after);
    });

    test("that were not there are gone after an undo, and a look shows exactly what it showed before", async () => {
      const windows = windowsWith();
      const collect = async (step: string) =>
        (await ask(guest, windows, "collect", { runId: runId(9), step, sections: ["registry", "schannel"] })).reply
          .evidence;
      const shown = async (step: string) => {
        const evidence = await collect(step);
        return { registry: evidence?.registry, schannel: evidence?.schannel };
      };
      const before = await shown("collect-1");
      await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: [enable] });
      expect(await shown("collect-2")).not.toEqual(before);
      await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(await shown("collect-3")).toEqual(before);
      expect(keyState(windows.state, tls12Server)).toBeNull();
    });

    test("stay when somebody has put something into them since", async () => {
      const { windows } = await applied();
      windows.state.registry[`${tls12Server}\\DisabledByDefault`] = dword(0);
      const { reply } = await ask(guest, windows, "undo", {
        runId: runId(2),
        step: "undo-1",
        undoes: runId(1),
        force: true,
      });
      expect(reply.status).toBe("done");
      expect(reply.conflicts.length).toBeGreaterThan(0);
      expect(windows.state.registry[`${tls12Server}\\DisabledByDefault`]).toEqual(dword(0));
    });

    test.each([
      ["terminal-server-key-missing", "terminal-server/fDenyTSConnections", 0],
      ["rdp-tcp-key-missing", "rdp-tcp/fEnableWinStation", 1],
    ] as const)("of Remote Desktop are never made: %s", async (fault, value, data) => {
      const windows = windowsWith(fault);
      const before = comparableState(windows.state);
      const list = changes(set(value, data), restart)(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", reason: expect.stringContaining("is missing"), receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("a policy is not written in a domain", async () => {
      const windows = windowsWith("policy-disables-remote-desktop");
      windows.state.system.domainJoined = true;
      const before = comparableState(windows.state);
      const list = changes(set("policy/fDenyTSConnections", 0))(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", reason: expect.stringContaining("in a domain") });
      expect(comparableState(windows.state)).toEqual(before);
    });
  });
});
