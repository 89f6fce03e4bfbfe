import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readRunRow, runRow } from "../../lib/azure/tables/run-rows.ts";
import { readRun, writeRun } from "../../lib/core/stored-run.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { undoRequest } from "../../lib/runs/intake/service.ts";
import { apply, next } from "../../lib/runs/machine/machine.ts";

/*
 * Runs as earlier commits stored them, by the commit's id: what `rdp repair --sandbox` left of the worlds
 * enable-remote-desktop, active-sessions and locked-read-only. A new version takes them over, and goes on with them.
 */

const folder = new URL("../fixtures/stored-runs/", import.meta.url);
const files = readdirSync(folder);
const stored = (file: string) => readFileSync(new URL(file, folder), "utf8");
const of = (kind: string) => files.filter((file) => file.endsWith(`-${kind}.json`));
const now = new Date("2026-11-30T12:00:00Z");

test("there are runs of several commits, in each state that a deployment meets", () => {
  expect(new Set(files.map((file) => file.split("-")[0])).size).toBeGreaterThan(1);
  for (const kind of ["repaired", "awaiting-approval", "failed"]) expect(of(kind).length).toBeGreaterThan(1);
});

/** The run of an earlier commit, each section of its evidence that has another form now replaced by what is read instead. */
function readable(text: string): Record<string, unknown> {
  const run = JSON.parse(text);
  const read = JSON.parse(JSON.stringify(readRun(text)));
  for (const evidence of ["before", "after"]) {
    for (const [section, value] of Object.entries(read[evidence]?.guest ?? {})) {
      if (JSON.stringify(value) === JSON.stringify(foreign)) run[evidence].guest[section] = foreign;
    }
  }
  return run;
}

const foreign = { unreadable: "This section was stored by another version of this tool." };

test.each(files)("%s is read whole, but for sections in another form", (file) => {
  expect(readRun(stored(file))).toMatchObject(readable(stored(file)));
});

test("a section of evidence that has another form now is unreadable, and costs nothing else", () => {
  const sections = files.flatMap((file) => Object.values(readRun(stored(file)).before?.guest ?? {}));
  const unreadable = sections.filter((section) => JSON.stringify(section) === JSON.stringify(foreign));
  expect(unreadable.length).toBeGreaterThan(0);
  expect(unreadable.length).toBeLessThan(sections.length / 2);
});

describe.each(files)("%s", (file) => {
  test("loses nothing when it is saved, whatever this version can read of it", async () => {
    const run = readRun(stored(file));
    expect(JSON.parse(writeRun(run))).toMatchObject(JSON.parse(stored(file)));
    const store = openSqliteStore(":memory:");
    expect(await store.create(run)).toBe("created");
    const taken = await store.get(run.id);
    expect(taken?.run).toEqual(run);
    // Saved, read and saved again, with a new line in its log: as a run that goes on.
    const log = [...run.log, { at: run.updatedAt, state: run.state, message: "A deployment took this run over." }];
    expect(await store.save({ ...run, log }, taken?.version ?? 0)).toBe("saved");
    const { log: _, ...original } = JSON.parse(stored(file));
    expect(JSON.parse(writeRun((await store.get(run.id))?.run ?? run))).toMatchObject(original);
    expect((await store.list({ limit: 10 })).unreadable ?? []).toEqual([]);
    store.close();
  });

  test("goes through the rows of Azure Tables in the same way", () => {
    const run = readRun(stored(file));
    const read = readRunRow({ ...runRow(run, 1) });
    expect(JSON.parse(writeRun(read.run))).toMatchObject(JSON.parse(stored(file)));
  });
});

describe("goes on", () => {
  test.each(of("awaiting-approval"))("%s with the decision about its plan", (file) => {
    const run = readRun(stored(file));
    if (run.state !== "awaiting-approval") throw new Error(`It is ${run.state}`);
    const decision = { kind: "decide", approved: true, by: "grace", planHash: run.plan.hash } as const;
    const decided = apply(run, decision, new Date(run.updatedAt));
    expect(decided.state).toBe("applying");
    expect(next(decided, now)).toEqual({ kind: "claim" });
    expect(next(apply(decided, { kind: "claimed" }, now), now)).toMatchObject({
      kind: "start-script",
      script: "apply",
    });
  });

  test.each(of("repaired"))("%s with its undo", (file) => {
    const run = readRun(stored(file));
    if (run.state !== "ended") throw new Error(`It is ${run.state}`);
    const trigger = { kind: "terminal", by: "a test" } as const;
    const undo = undoRequest(run, randomUUID(), { force: false, trigger });
    expect(undo).toMatchObject({ ok: true, value: { intent: "undo" } });
  });
});
