import { describe, expect, test } from "vitest";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import { foreignKey, healthyWindows, keyFileName } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import { ask, guests, renameFolder, rigTime, runId } from "./scenarios-rig.ts";

/*
 * A MachineKeys folder with more keys than can be copied within the time of a script is refused before anything begins,
 * also when the control plane asks for it and forces it.
 */

describe.each(guests)("$name", ({ guest, skip }) => {
  test.skipIf(skip)("refuses to make a folder of more than 20,000 other keys anew, untouched", async () => {
    const state = healthyWindows();
    for (let number = 1; number <= 20_000; number += 1) {
      state.files[`${machineKeysFolder}\\${keyFileName(`key ${number}`)}`] = foreignKey(`key ${number}`, 1500);
    }
    const windows = simulateWindows(state, { now: () => rigTime });
    const looked = await ask(guest, windows, "collect", { runId: runId(1), step: "collect-1", sections: ["keys"] });
    const keys = looked.reply.evidence?.keys;
    if (!keys || "unreadable" in keys) throw new Error("the keys were read");
    expect(keys.others.count).toBeGreaterThan(20_000);
    const before = structuredClone(windows.state);
    const changes = renameFolder(true)({ keys } as Parameters<ReturnType<typeof renameFolder>>[0]);
    const { reply } = await ask(guest, windows, "apply", { runId: runId(2), step: "apply-1", changes });
    expect(reply).toMatchObject({ status: "refused", receipts: [] });
    expect(reply.reason).toContain(String(keys.others.count));
    expect(Object.keys(windows.state.files).filter((path) => path.startsWith(machineKeysFolder))).toEqual(
      Object.keys(before.files).filter((path) => path.startsWith(machineKeysFolder)),
    );
    expect(windows.state.services).toEqual(before.services);
  });
});
