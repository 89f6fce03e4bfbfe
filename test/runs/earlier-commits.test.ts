import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readRun } from "../../lib/core/stored-run.ts";
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

test.each(files)("%s is read, and loses nothing when it is saved", async (file) => {
  const text = stored(file);
  const run = readRun(text);
  const { before: _, after: __, ...rest } = JSON.parse(text);
  expect(run).toMatchObject(rest);
  const store = openSqliteStore(":memory:");
  expect(await store.create(run)).toBe("created");
  expect((await store.get(run.id))?.run).toEqual(run);
  expect((await store.list({ limit: 10 })).unreadable ?? []).toEqual([]);
  store.close();
});

test("a section of evidence that has another form now is unreadable, and costs nothing else", () => {
  const sections = files.flatMap((file) => {
    const { before } = readRun(stored(file));
    return Object.values(before?.guest ?? {}).filter((section) => JSON.stringify(section).includes("another version"));
  });
  expect(sections.length).toBeGreaterThan(0);
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
