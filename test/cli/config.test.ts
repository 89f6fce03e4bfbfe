import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { configPath, isServiceUrl } from "../../cli/config-file.ts";
import { call } from "./call.ts";

const folder = mkdtempSync(join(tmpdir(), "rdp-config-"));
const file = join(folder, "deeper", "config.json");
const environment = { RDP_REMEDIATION_CONFIG: file, RDP_REMEDIATION_DATABASE: join(folder, "runs.sqlite") };
beforeEach(() => rmSync(join(folder, "deeper"), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

const typed = (...args: string[]) => call(args, { environment });

test("values are set, read, listed and removed, in one profile or another", async () => {
  expect((await typed("config", "list")).said).toContain("No profile yet. service");
  expect(await typed("config", "set", "service=https://rdp.contoso.com")).toMatchObject({
    code: 0,
    out: `Wrote profile default to ${file}.\n`,
  });
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  await typed("config", "set", "group=rg-test", "--profile", "test");
  expect((await typed("config", "get", "service")).out).toBe("https://rdp.contoso.com\n");
  expect((await typed("config", "get", "service", "--profile", "test")).code).toBe(2);
  expect((await typed("config", "list")).out).toBe(
    `${file}\ndefault (in use)\n  service = https://rdp.contoso.com\ntest\n  group = rg-test\n`,
  );
  await typed("config", "unset", "service");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ profiles: { test: { group: "rg-test" } } });
});

test.each([
  ["a value without a name", ["set", "https://x"], "Give what to set"],
  ["an unknown name", ["set", "colour=red"], 'There is no value "colour". There are: service, subscription'],
  ["a service in the clear", ["set", "service=http://rdp.contoso.com"], "must be an https URL"],
  ["no GUID", ["set", "subscription=prod"], "must be a GUID"],
  ["no zone", ["set", "time-zone=Berlin"], "must be a time zone"],
  ["an unknown form", ["set", "output=xml"], "must be one of text, json"],
  ["nothing", ["set", "group="], "must not be empty"],
])("%s is refused, and nothing is written", async (_, args, text) => {
  const refused = await typed("config", ...args);
  expect(refused.code).toBe(2);
  expect(refused.said).toContain(text);
  expect(() => readFileSync(file)).toThrow();
});

describe("a file that cannot be used is named with the mistake, and left as it is", () => {
  test.each([
    ["{", "it is no JSON"],
    ["[]", 'it has no object "profiles"'],
    ['{"profiles":{"default":{"servce":"x"}}}', 'profile default has "servce", which is none of service'],
    ['{"profiles":{"default":{"output":3}}}', '"output" of profile default is no text'],
    ['{"profiles":{"test":{"output":"xml"}}}', '"output" of profile test must be one of'],
  ])("%s", async (text, why) => {
    await typed("config", "set", "group=x");
    writeFileSync(file, text);
    for (const args of [["runs"], ["config", "set", "group=y"], ["config", "list"]]) {
      const refused = await typed(...args);
      expect(refused.code).toBe(2);
      expect(refused.said).toContain(`The configuration ${file} cannot be used: ${why}`);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

test("output and time zone of the profile apply, and a flag goes before them", async () => {
  await typed("config", "set", "output=yaml");
  expect((await typed("runs")).out).toBe("[]\n");
  expect((await typed("runs", "-o", "text")).out).toBe("No run is stored on this machine.\n");
  expect((await typed("runs", "--output", "table", "--json")).said).toContain("contradict each other");
});

test.each([
  ["linux", {}, join(homedir(), ".config", "rdp-remediation", "config.json")],
  ["linux", { XDG_CONFIG_HOME: "/c" }, join("/c", "rdp-remediation", "config.json")],
  [
    "darwin",
    { XDG_CONFIG_HOME: "/c" },
    join(homedir(), "Library", "Application Support", "rdp-remediation", "config.json"),
  ],
  ["win32", { APPDATA: "/roaming" }, join("/roaming", "rdp-remediation", "config.json")],
] as const)("on %s with %j the file is where the platform has it", (platform, variables, path) => {
  expect(configPath(variables, platform)).toBe(path);
});

test.each([
  ["https://rdp.contoso.com", true],
  ["http://127.0.0.1:7071", true],
  ["http://[::1]:7071", true],
  ["http://rdp.contoso.com", false],
  ["https://name:secret@rdp.contoso.com", false],
  ["https://rdp.contoso.com/?x=1", false],
  ["rdp.contoso.com", false],
])("%s may be a service: %s", (url, may) => {
  expect(isServiceUrl(url)).toBe(may);
});
