import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { commandNames } from "../../cli/command-table.ts";
import { checks } from "../../lib/checks/registry.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import packageJson from "../../package.json" with { type: "json" };
import { storedRun } from "../fixtures/stored-run.ts";
import { call } from "./call.ts";
import { start } from "./start.ts";

const environment = { RDP_REMEDIATION_DATABASE: ":memory:" };

describe("as a process", () => {
  test("help goes to standard output, plain where nobody watches", async () => {
    const { code, stdout, stderr } = await start("cli/main.ts", ["--help"], {
      FORCE_COLOR: "1",
      npm_lifecycle_event: "rdp",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage\n  npm run -s rdp -- COMMAND");
    expect(stdout).not.toContain("\u001b");
  });

  test("with --json a mistake is a document on standard output and a sentence on standard error", async () => {
    const { code, stdout, stderr } = await start("cli/main.ts", ["show", "x", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ problem: { code: "invalid-input" } });
    expect(stderr).toMatch(/^rdp-remediation: "x" is not the id of a run/);
  });
});

test.each([[], ...commandNames.map((name) => [name])])(
  "the help of %s fits 80 columns and ends well",
  async (...command) => {
    const { code, out, err } = await call([...command, "--help"], { environment });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`Usage\n  rdp ${command[0] ?? "COMMAND"}`);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  },
);

test("without a command it shows the help, and says by its exit code that nothing was done", async () => {
  const { code, out, err } = await call([], { environment });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("Commands\n");
});

test("version", async () => {
  expect(await call(["--version"], { environment })).toMatchObject({ code: 0, out: `${packageJson.version}\n` });
});

test("a database that cannot be opened is named, with what to do", async () => {
  const { code, said } = await call(["runs"], { environment: { RDP_REMEDIATION_DATABASE: "/dev/null/x" } });
  expect(code).toBe(2);
  expect(said).toMatch(
    /database \/dev\/null\/x of this machine's runs cannot be used: .* Set RDP_REMEDIATION_DATABASE/,
  );
});

test("settings that cannot be used are named", async () => {
  const { code, said } = await call(
    [
      "network",
      `/subscriptions/${"0".repeat(8)}-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v`,
    ],
    {
      environment: { ...environment, RDP_REMEDIATION_CREDENTIAL: "secret" },
    },
  );
  expect(code).toBe(2);
  expect(said).toContain("RDP_REMEDIATION_CREDENTIAL");
});

test("no run yet", async () => {
  expect(await call(["runs"], { environment })).toMatchObject({ code: 0, out: "No run is stored on this machine.\n" });
  expect(await call(["runs", "--json"], { environment })).toMatchObject({ code: 0, out: "[]\n" });
});

test("stored runs that cannot be read are counted and named in the list; show says why, and what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "history-"));
  const database = join(folder, "runs.sqlite");
  const store = openSqliteStore(database);
  for (const number of [1, 2, 3]) await store.create(storedRun(number));
  store.close();
  const db = new DatabaseSync(database);
  const damage = db.prepare("UPDATE runs SET body = ? WHERE id = ?");
  damage.run('{"format":99}', storedRun(1).id);
  damage.run("{", storedRun(2).id);
  db.close();
  const inFolder = { environment: { RDP_REMEDIATION_DATABASE: database } };

  const list = await call(["runs"], inFolder);
  expect(list.code).toBe(0);
  expect(list.said).toContain(storedRun(3).id);
  const unread = `2 stored runs cannot be read: ${storedRun(2).id}, ${storedRun(1).id}. rdp show ID says why`;
  expect(list.said).toContain(unread);
  const json = await call(["runs", "--json"], inFolder);
  expect(JSON.parse(json.out).map(({ id }: { id: string }) => id)).toEqual([storedRun(3).id]);
  expect(json.said).toContain(unread);

  for (const command of ["show", "support-bundle"]) {
    const newer = await call([command, storedRun(1).id], inFolder);
    expect([command, newer.code]).toEqual([command, 3]);
    expect(newer.said).toContain("stored in format 99, and this version reads 1. It was left as it is.");
    expect(newer.said).toContain("Read it with the version of this program that stored it");
  }
  expect((await call(["show", storedRun(2).id], inFolder)).said).toContain("It is no JSON: it is damaged.");
  expect(await call(["show", storedRun(4).id], inFolder)).toMatchObject({ code: 3 });
  rmSync(folder, { recursive: true });
});

test("a run is shown as text, Markdown, HTML or JSON, and written to a new file alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "history-"));
  const database = join(folder, "runs.sqlite");
  const store = openSqliteStore(database);
  const { id } = storedRun(1);
  await store.create(storedRun(1));
  store.close();
  const show = (...flags: string[]) =>
    call(["show", id, ...flags], { environment: { RDP_REMEDIATION_DATABASE: database } });

  expect((await show("--format", "markdown")).out).toMatch(/^# .*\n\nVM `\/subscriptions/);
  expect((await show("--format", "html")).out).toMatch(/^<!doctype html>\n/);
  expect((await show("--format", "json")).out).toBe((await show("--json")).out);
  const out = join(folder, "report.html");
  expect(await show("--format", "html", "--out", out)).toMatchObject({ code: 0, out: `Wrote ${out}.\n` });
  expect(readFileSync(out, "utf8")).toContain(id);
  expect(await show("--format", "html", "--out", out)).toMatchObject({
    code: 2,
    said: expect.stringContaining("exists"),
  });
  expect(await show("--format", "html", "--json")).toMatchObject({ code: 2 });
  rmSync(folder, { recursive: true });
});

test("runs are named by their first digits or as the last one, and listed by state, outcome and time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "history-"));
  const database = join(folder, "runs.sqlite");
  const store = openSqliteStore(database);
  const made = [
    storedRun(10),
    storedRun(200, { state: "ended", outcome: { kind: "failed", summary: "No." } }),
    storedRun(3000, { state: "awaiting-approval" }),
  ];
  for (const run of made) await store.create(run);
  store.close();
  const typed = (...args: string[]) => call(args, { environment: { RDP_REMEDIATION_DATABASE: database } });
  const [first, second, third] = made.map(({ id }) => id);

  // The ids of the fixture differ in their last digits.
  const shown = async (...args: string[]) => JSON.parse((await typed("show", "--json", ...args)).out).id;
  expect(await shown(String(second).slice(0, 35).toUpperCase())).toBe(second);
  expect(await shown("--last")).toBe(third);
  expect(await typed("show", String(first).slice(0, 8))).toMatchObject({
    code: 2,
    said: expect.stringContaining("Several runs"),
  });
  expect(await typed("show", "abcdef")).toMatchObject({ code: 3, said: expect.stringContaining("no run abcdef...") });
  expect((await typed("show", "0")).code).toBe(2);
  expect((await typed("show", String(first), "--last")).code).toBe(2);

  const listed = async (...flags: string[]) =>
    JSON.parse((await typed("runs", "--json", ...flags)).out).map(({ id }: { id: string }) => id);
  expect(await listed("--outcome", "failed")).toEqual([second]);
  expect(await listed("--state", "awaiting-approval")).toEqual([third]);
  expect(await listed("--since", String(made[1]?.createdAt))).toEqual([third, second]);
  expect(await listed("--since", "1m", "--state", "queued")).toEqual([]);
  rmSync(folder, { recursive: true });
});

test("the catalogue, for people and for programs", async () => {
  const text = await call(["catalogue"], { environment });
  const json = await call(["catalogue", "--json"], { environment });
  expect([text.code, json.code]).toEqual([0, 0]);
  expect(text.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const catalogue = JSON.parse(json.out);
  const ids = ({ id }: { id: string }) => id;
  expect(catalogue.checks.map(ids)).toEqual(checks.map(ids));
  expect(catalogue.remediations.map(ids)).toEqual(remediations.map(ids));
  for (const { id } of [...checks, ...remediations]) expect(text.out).toContain(`  ${id}\n`);
});
