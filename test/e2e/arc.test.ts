import { afterEach, expect, test } from "vitest";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

let served: SandboxService;
afterEach(() => served.close());

test("an Arc-enabled server that runs no Run Command is told its own settings and log, and those of no VM", async () => {
  const world = readWorld("arc-enabled-server");
  const [server] = world.vms;
  if (!server) throw new Error("The world has a server.");
  const handler = {
    type: "RunCommandHandlerWindows",
    part: "handler",
    state: "Failed",
    message: "",
    runs: false,
  } as const;
  served = await serveWorld({ ...world, vms: [{ ...server, extensions: [handler] }] }, "modelled");
  const { outcome } = await served.run("diagnose");
  expect(outcome).toMatchObject({ kind: "unknown", problem: { code: "run-command-extension" } });
  expect(outcome?.summary).toContain('"azcmagent config list"');
  expect(outcome?.summary).toContain("C:\\ProgramData\\GuestConfig\\extension_logs");
  expect(outcome?.summary).not.toMatch(/WindowsAzure|az vm /);
});
