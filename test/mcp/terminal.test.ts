import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";

test("a program that starts `mcp` finds the tools, diagnoses, and gets a plan that waits", async () => {
  const client = new Client({ name: "a test", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ["cli/main.ts", "mcp", "--sandbox", "enable-remote-desktop", "--guest", "modelled"],
      env: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""])),
      stderr: "pipe",
    }),
  );
  try {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("propose_repair");
    const vm =
      "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01";
    const { content } = await client.callTool({ name: "propose_repair", arguments: { vm, waitSeconds: 200 } });
    const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
    expect(text).toContain("rdp-is-enabled, faulty");
    expect(text).toContain("Nothing was changed. The plan waits for a person");
  } finally {
    await client.close();
  }
});
