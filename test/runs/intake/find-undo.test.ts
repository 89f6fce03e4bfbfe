import { describe, expect, test } from "vitest";
import type { Run } from "../../../lib/core/run.ts";
import { openSqliteStore } from "../../../lib/local/sqlite-store.ts";
import { findUndo } from "../../../lib/runs/intake/find-undo.ts";
import { makeRun } from "../../cli/runs.ts";
import type { RunChanges } from "../../fixtures/stored-run.ts";

const ids = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const [repairId = "", undoId = "", secondId = ""] = ids;

function undo(id: string, undoes: string, over: RunChanges = {}): Run {
  const undone: RunChanges = { state: "ended", outcome: { kind: "undone", summary: "" } };
  return makeRun({ ...undone, id, intent: "undo", options: { ...makeRun().options, undoes }, ...over });
}

const failed: RunChanges = { outcome: { kind: "failed", summary: "" } };
const open: RunChanges = { state: "queued", outcome: null };
const kept: RunChanges = { conflicts: ["a value was changed since"] };

describe("the run that has undone another", () => {
  test.each<[string, Run[], boolean, string | null]>([
    ["none", [], false, null],
    ["one that is done", [undo(undoId, repairId)], false, undoId],
    ["one that is at work", [undo(undoId, repairId, open)], false, undoId],
    ["not one that failed", [undo(undoId, repairId, failed)], false, null],
    ["not the undo of another run", [undo(undoId, secondId)], false, null],
    ["not one that was undone itself", [undo(undoId, repairId), undo(secondId, undoId)], false, null],
    ["one that left values alone", [undo(undoId, repairId, kept)], false, undoId],
    ["not one that left values alone, when these are to be restored too", [undo(undoId, repairId, kept)], true, null],
    ["one that left nothing alone, although it is forced", [undo(undoId, repairId)], true, undoId],
  ])("%s", async (_, undos, force, expected) => {
    const store = openSqliteStore(":memory:");
    for (const run of undos) await store.create(run);
    const found = await findUndo(store, makeRun({ id: repairId, state: "ended" }), force);
    expect(found?.id ?? null).toBe(expected);
    store.close();
  });
});
