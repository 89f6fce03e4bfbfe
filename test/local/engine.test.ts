import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";

/* What every engine does is in test/contract/run-engine.test.ts; here is what only this one has. */

test("a run that another living process works on is left to it", () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const store = openSqliteStore(join(folder, "runs.sqlite"));
  const other = openSqliteStore(join(folder, "runs.sqlite"));
  const now = new Date();
  expect(store.lease("a", now)).toBe(true);
  expect(store.lease("a", now)).toBe(true);
  const pid = Object.getOwnPropertyDescriptor(process, "pid");
  try {
    // The parent lives, so its lease counts until it is old.
    Object.defineProperty(process, "pid", { value: process.ppid, configurable: true });
    expect(other.lease("b", now)).toBe(true);
  } finally {
    if (pid) Object.defineProperty(process, "pid", pid);
  }
  expect(store.lease("b", now)).toBe(false);
  expect(store.lease("b", new Date(now.getTime() + 120_000))).toBe(true);
  other.close();
  store.close();
  rmSync(folder, { recursive: true });
});
