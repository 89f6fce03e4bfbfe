import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";
import { serveApi } from "../fixtures/served-api.ts";

async function start(args: readonly string[], more: Record<string, string> = {}): Promise<Client> {
  const client = new Client({ name: "a test", version: "1" });
  const inherited = Object.entries(process.env).map(([name, value]): [string, string] => [name, value ?? ""]);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ["cli/main.ts", "mcp", ...args],
      env: { ...Object.fromEntries(inherited), ...more },
      stderr: "pipe",
    }),
  );
  return client;
}

async function textOf(client: Client, name: string, args: Record<string, unknown>): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

test("a program that starts `mcp` finds the tools, diagnoses, and gets a plan that waits", async () => {
  const client = await start(["--sandbox", "enable-remote-desktop", "--guest", "modelled"]);
  try {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("propose_repair");
    const vm =
      "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01";
    const text = await textOf(client, "propose_repair", { vm, waitSeconds: 200 });
    expect(text).toContain("rdp-is-enabled, faulty");
    expect(text).toContain("Nothing was changed. The plan waits for a person");
  } finally {
    await client.close();
  }
});

test("with --service it works in the service, as the caller there", async () => {
  const service = await serveWorld(readWorld("enable-remote-desktop"), "modelled");
  const served = await serveApi(service);
  const client = await start(["--service", served.url], {
    RDP_REMEDIATION_TOKEN: await served.tokenOf(service.sandbox.clients.requester),
    AZURE_AUTHORITY_HOST: service.sandbox.endpoint,
  });
  try {
    const text = await textOf(client, "propose_repair", { vm: service.sandbox.vms[0]?.id, waitSeconds: 0 });
    const [, id = ""] = /^Run (\S+):/.exec(text) ?? [];
    expect((await service.engine.settled(id)).state).toBe("awaiting-approval");
    expect(await textOf(client, "get_run", { id })).toContain(
      `decide ${id} --approve (or --reject) --service ${served.url}`,
    );
    expect(await textOf(client, "get_run", { id: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d" })).toContain("refused (404)");
  } finally {
    await client.close();
    await served.close();
    await service.close();
  }
});
