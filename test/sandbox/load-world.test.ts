import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { loadWorld, parseWorld } from "../../sandbox/load-world.ts";
import { windowsOf } from "../../sandbox/windows-state.ts";

const minimal = { name: "test", description: "For a test.", vms: [{ name: "vm" }] };
const folder = "sandbox/worlds";
const files = readdirSync(folder);

describe("shipped worlds", () => {
  test.each(files)("%s", (file) => {
    const loaded = loadWorld(join(folder, file));
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    const { name, $schema, expect: expectation } = loaded.world;
    expect(`${name}.json`).toBe(file);
    expect($schema).toBe("../world.schema.json");
    expect(expectation).toBeDefined();
    const checkIds = checks.map(({ id }) => id);
    expect(checkIds).toEqual(expect.arrayContaining(expectation?.faulty ?? []));
    const remediationIds = remediations.map(({ id }) => id);
    expect(remediationIds).toEqual(expect.arrayContaining(expectation?.remediations ?? []));
  });

  test("there is one for each remediation, by its name", () => {
    expect(files).toEqual(expect.arrayContaining(remediations.map(({ id }) => `${id}.json`)));
  });
});

describe("a malformed world is refused with the place in the file", () => {
  test.each([
    ["a VM's field", { ...minimal, vms: [{ name: "vm", powerState: "asleep" }] }, /^vms\[0\]\.powerState: /],
    ["a field that does not exist", { ...minimal, vms: [{ name: "vm", colour: 1 }] }, /^vms\[0\]: .*colour/],
    [
      "an unknown fault",
      { ...minimal, vms: [{ name: "vm", windows: { faults: ["tired"] } }] },
      /^vms\[0\]\.windows\.faults\[0\]: /,
    ],
    [
      "a Windows that is none",
      { ...minimal, vms: [{ name: "vm", windows: { set: { system: { build: "new" } } } }] },
      /^vms\[0\]\.windows\.set\.system\.build: /,
    ],
    [
      "a NIC in a subnet that is not there",
      { ...minimal, vms: [{ name: "vm", network: { nics: [{ subnet: "none" }] } }] },
      /^vms\[0\]\.network\.nics\[0\]\.subnet: /,
    ],
    [
      "one network described twice",
      { ...minimal, vms: [{ name: "vm" }, { name: "vm2", network: { addressPrefixes: ["10.9.0.0/16"] } }] },
      /^vms\[1\]\.network: describes .*virtualNetworks\/vnet-app twice/,
    ],
    ["two VMs of one name", { ...minimal, vms: [{ name: "vm" }, { name: "VM" }] }, /^vms\[1\]\.name: /],
    ["no VM at all", { ...minimal, vms: [] }, /^vms: /],
    [
      "an address that is none",
      { ...minimal, vms: [{ name: "vm", network: { nics: [{ privateAddress: "here" }] } }] },
      /^vms\[0\]\.network\.nics\[0\]\.privateAddress: /,
    ],
    ["something else altogether", 7, /^\(whole file\): /],
  ])("%s", (_, json, problem) => {
    const loaded = parseWorld(json);
    expect(loaded.ok ? [] : loaded.problems).toEqual([expect.stringMatching(problem)]);
  });

  test("all problems at once", () => {
    const loaded = parseWorld({ name: "Not A Name", vms: [{ name: "vm" }] });
    expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.split(":")[0])).toEqual(["name", "description"]);
  });

  test("a file that is not there, and one that is no JSON", () => {
    const scratch = mkdtempSync(join(tmpdir(), "world-"));
    onTestFinished(() => rmSync(scratch, { recursive: true }));
    const file = join(scratch, "world.json");
    expect(loadWorld(file)).toEqual({ ok: false, problems: [expect.stringContaining("cannot be read")] });
    writeFileSync(file, "{");
    expect(loadWorld(file)).toEqual({ ok: false, problems: [expect.stringContaining("is not JSON")] });
  });
});

test("what a world sets in Windows is merged last: objects merge, null removes, anything else replaces", () => {
  const set = {
    system: { freeDiskMb: 12 },
    schannel: { suites: ["TLS_AES_128_GCM_SHA256"] },
    certificates: { "Remote Desktop": null, My: {} },
  };
  const world = parseWorld({
    ...minimal,
    vms: [{ name: "vm", windows: { faults: ["tls12-disabled"], set: { ...set, certificates: { My: null } } } }],
  });
  expect(world).toMatchObject({ ok: false });
  const loaded = parseWorld({
    ...minimal,
    vms: [{ name: "vm", windows: { faults: ["rdp-services-stopped"], set: { ...set, certificates: {} } } }],
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const [vm] = loaded.world.vms;
  const windows = vm && windowsOf(vm);
  expect(windows).toMatchObject({
    system: { freeDiskMb: 12, build: 20348 },
    schannel: { suites: ["TLS_AES_128_GCM_SHA256"] },
    services: { TermService: { state: "Stopped" } },
  });
});

test("the schema that is published takes what the loader takes", () => {
  const schema = JSON.parse(readFileSync("sandbox/world.schema.json", "utf8"));
  expect(schema.required).toEqual(["name", "description", "vms"]);
  expect(schema.additionalProperties).toBe(false);
});

test("a member of the Windows state can be set to null, as for a key that CNG keeps in no file", () => {
  const thumbprint = "C".repeat(40);
  const certificate = {
    subject: "CN=own",
    selfSigned: true,
    notBefore: "now-1d",
    notAfter: "now+90d",
    keyAlgorithm: "RSA",
    keySize: 2048,
    keyUsages: [],
    key: { provider: "Microsoft Software Key Storage Provider", container: "own", file: { $value: null } },
  };
  const loaded = parseWorld({
    ...minimal,
    vms: [{ name: "vm", windows: { set: { certificates: { "Remote Desktop": { [thumbprint]: certificate } } } } }],
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const [vm] = loaded.world.vms;
  if (!vm) throw new Error("The world has a VM.");
  expect(windowsOf(vm).certificates["Remote Desktop"][thumbprint]?.key).toMatchObject({ container: "own", file: null });
});
