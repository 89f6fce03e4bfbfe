import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveWorld } from "./served-sandbox.ts";

async function serve(...flags: string[]) {
  const served = await serveWorld("healthy", ...flags);
  onTestFinished(() => {
    served.child.kill("SIGKILL");
  });
  return served;
}

function refused(...flags: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["sandbox/main.ts", ...flags], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** What a program of its own sees that has nothing but the printed environment. */
const client = `
  import { ManagedIdentityCredential } from "@azure/identity";
  import { ComputeManagementClient } from "@azure/arm-compute";
  const endpoint = process.env.RDP_REMEDIATION_ARM_ENDPOINT;
  const [, , subscription, , group, , , , name] = process.env.VM.split("/");
  const credential = new ManagedIdentityCredential({ clientId: process.env.AZURE_CLIENT_ID });
  const options = { endpoint, credentials: { scopes: [endpoint + "/.default"] } };
  const vm = await new ComputeManagementClient(credential, subscription, options).virtualMachines.get(group, name);
  console.log(vm.id);
`;

test("prints one line that is all another program needs, and serves until it is told to stop", async () => {
  const { child, introduction, lines } = await serve("--guest", "modelled");
  const { world, guest, env, vms, caFile } = introduction;
  expect({ world, guest }).toEqual({ world: "healthy", guest: "modelled" });
  const program = spawn(process.execPath, ["--input-type=module", "--eval", client], {
    env: { PATH: process.env.PATH, ...env, VM: vms[0] },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(program.stdout.setEncoding("utf8"), "data");
  expect(said.trim()).toBe(vms[0]);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(lines).toHaveLength(1);
  expect(existsSync(caFile)).toBe(false);
});

test("says how az is pointed at it", async () => {
  const { introduction } = await serve();
  const { az, endpoint, caFile } = introduction;
  expect(az.env.REQUESTS_CA_BUNDLE).toBe(caFile);
  expect(az.commands).toEqual([
    expect.stringMatching(new RegExp(`^az cloud register .*--endpoint-resource-manager ${endpoint} `)),
    expect.stringMatching(/^az cloud set /),
    expect.stringMatching(/^az login --service-principal /),
    expect.stringMatching(/^az vm get-instance-view /),
  ]);
});

test("a port that is taken is said in a sentence", async () => {
  const { introduction } = await serve();
  const taken = refused("--world", "sandbox/worlds/healthy.json", "--port", new URL(introduction.endpoint).port);
  expect(taken).toMatchObject({ status: 3, stdout: "" });
  expect(taken.stderr).toMatch(/^The sandbox cannot start: .*EADDRINUSE/);
});

test.each([
  ["no world", [], /^Name a world file\./],
  ["an unknown flag", ["--wrld", "x"], /--wrld/],
  ["a port that is none", ["--world", "sandbox/worlds/healthy.json", "--port", "high"], /--port must be a number/],
  ["a guest that is none", ["--world", "sandbox/worlds/healthy.json", "--guest", "dos"], /--guest must be auto/],
  [
    "a world that is not there",
    ["--world", "none.json"],
    /The world file none\.json cannot be used:\n {2}\(whole file\)/,
  ],
])("%s is wrong usage", (_, flags, problem) => {
  const answer = refused(...flags);
  expect(answer).toMatchObject({ status: 2, stdout: "" });
  expect(answer.stderr).toMatch(problem);
});

test("a malformed world is refused with the place in the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "world-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "world.json");
  writeFileSync(file, JSON.stringify({ name: "x", description: "x", vms: [{ name: "vm", powerState: "asleep" }] }));
  const answer = refused("--world", file);
  expect(answer.status).toBe(2);
  expect(answer.stderr).toContain(`${file} cannot be used:\n  vms[0].powerState: `);
});
