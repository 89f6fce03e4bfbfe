import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { serveWorld } from "./served-sandbox.ts";

async function serve(...flags: string[]) {
  const served = await serveWorld("healthy", ...flags);
  onTestFinished(() => {
    served.child.kill("SIGKILL");
  });
  return served;
}

function run(...flags: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["sandbox/main.ts", ...flags], (_, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
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

test("a port that is taken is said in a sentence", async () => {
  const { introduction } = await serve();
  const { port } = new URL(introduction.endpoint);
  const taken = await run("--world", "sandbox/worlds/healthy.json", "--port", port);
  expect(taken).toMatchObject({ status: 3, stdout: "" });
  expect(taken.stderr).toMatch(/^The sandbox cannot start: .*EADDRINUSE/);
});

test("wrong usage ends with 2 and says what is right", async () => {
  const refused = await run();
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toMatch(/^Name a world file\./);
});
