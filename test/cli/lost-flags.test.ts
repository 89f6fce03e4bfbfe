import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { call } from "./call.ts";

const byNpm = { npm_lifecycle_event: "rdp", RDP_REMEDIATION_DATABASE: ":memory:" };

describe("a flag that npm took away", () => {
  test.each([
    ["repair VM", { npm_config_dry_run: "true" }, "--dry-run"],
    ["repair VM", { npm_config_max_risk: "low" }, "--max-risk"],
    ["undo RUN", { npm_config_force: "true" }, "--force"],
    ["diagnose VM", { npm_config_from: "203.0.113.7" }, "--from"],
    ["runs", { npm_config_json: "true" }, "--json"],
  ])("%s with %j is refused before anything is done", async (line, taken, flag) => {
    const { code, said } = await call(line.split(" "), { environment: { ...byNpm, ...taken } });
    expect(code).toBe(2);
    expect(said).toContain(`npm took ${flag} for a setting of its own`);
    expect(said).toContain("Nothing was done.");
  });

  test.each([
    ["the flag was typed as well", ["runs", "--json"], { ...byNpm, npm_config_json: "true" }],
    ["npm has it switched off", ["runs"], { ...byNpm, npm_config_json: "" }],
    ["the command has no such flag", ["runs"], { ...byNpm, npm_config_dry_run: "true" }],
    ["npm did not start the program", ["runs"], { ...byNpm, npm_lifecycle_event: "test", npm_config_json: "true" }],
  ])("nothing was lost: %s", async (_, argv, environment) => {
    expect(await call(argv, { environment })).toMatchObject({ code: 0 });
  });

  test("npm itself tells the program what it took: a forgotten -- repairs nothing", async () => {
    const npm = promisify(execFile)("npm", ["run", "-s", "rdp", "repair", "--sandbox=healthy", "--dry-run"], {
      env: { ...process.env, ...byNpm, NO_UPDATE_NOTIFIER: "1" },
    });
    await expect(npm).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--dry-run") });
  });
});
