import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/* The executable of this system, started with nothing on the PATH. */

const folder = mkdtempSync(join(tmpdir(), "rdp-executable-"));
const file = join(folder, process.platform === "win32" ? "rdp-remediation.exe" : "rdp-remediation");
const run = (...args: string[]) =>
  execFileSync(file, args, { encoding: "utf8", cwd: folder, env: { HOME: folder, USERPROFILE: folder, PATH: "" } });

beforeAll(() => {
  execFileSync(process.execPath, ["scripts/build-executable.ts", file], { stdio: "pipe" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("shows its help, and explains an error", () => {
  expect(run("--help")).toContain("Usage\n  rdp-remediation COMMAND");
  expect(run("explain", "0x904", "0x7")).toContain("0x904");
});

test("diagnoses in a shipped world, and stores nothing of it", () => {
  const told = run("diagnose", "--sandbox", "healthy", "--guest", "modelled", "--json");
  expect(JSON.parse(told)).toMatchObject({ outcome: "healthy" });
  expect(run("runs")).toBe("No run is stored on this machine.\n");
});
