import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRun } from "../../lib/core/stored-run.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { storedRun } from "../fixtures/stored-run.ts";
import { call } from "./call.ts";

let folder: string;
let database: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "export-"));
  database = join(folder, "runs.sqlite");
  out = join(folder, "runs.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("every stored run is one line that can be read again; the damaged ones are counted", async () => {
  const store = openSqliteStore(database);
  // More than one page.
  const runs = Array.from({ length: 130 }, (_, number) => storedRun(number));
  for (const run of runs) await store.create(run);
  store.close();
  const db = new DatabaseSync(database);
  db.prepare("UPDATE runs SET body = '{}' WHERE id = ?").run(storedRun(7).id);
  db.close();
  const environment = { RDP_REMEDIATION_DATABASE: database };
  const exported = await call(["export", "--out", out, "--json"], { environment });
  expect(exported.code).toBe(0);
  expect(JSON.parse(exported.out)).toEqual({ path: out, runs: 129, unreadable: 1 });
  const lines = readFileSync(out, "utf8").trimEnd().split("\n");
  const byId = new Map(lines.map((line) => readRun(line)).map((run) => [run.id, run]));
  for (const run of runs.filter(({ id }) => id !== storedRun(7).id)) expect(byId.get(run.id)).toEqual(run);
  if (process.platform !== "win32") expect(statSync(out).mode & 0o777).toBe(0o600);

  const again = await call(["export", "--out", out], { environment });
  expect(again.code).toBe(2);
  expect(again.err.replace(/\s+/g, " ")).toContain("the file exists already. Name another file with --out.");
});

test("of one VM alone", async () => {
  const store = openSqliteStore(database);
  const other = { ...storedRun(1).vm, name: "vm-app-02" };
  await store.create(storedRun(1));
  await store.create(storedRun(2, { vm: other }));
  store.close();
  const { subscriptionId, resourceGroup, name } = other;
  const vm = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`;
  const exported = await call(["export", "--vm", vm, "--out", out], {
    environment: { RDP_REMEDIATION_DATABASE: database },
  });
  expect(exported.out).toContain("Wrote 1 runs");
  expect(readRun(readFileSync(out, "utf8")).id).toBe(storedRun(2).id);
});
