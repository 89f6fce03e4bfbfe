import { McpServer } from "@modelcontextprotocol/server";
import type { McpHost } from "./ask-api.ts";
import { aboutQuotes } from "./quote.ts";
import { tools } from "./tools.ts";

/** The name under which clients know this server, with the version of the product. */
export const serverName = "rdp-remediation";

const instructions = `Diagnoses why Remote Desktop fails on Windows VMs of Azure, and proposes repairs. Begin with diagnose_vm. A repair is a plan that a person approves, outside of these tools. ${aboutQuotes}`;

/** A server with every tool, for one request or one connection. */
export function createMcpServer(host: McpHost, version: string): McpServer {
  const server = new McpServer({ name: serverName, version }, { capabilities: { tools: {} }, instructions });
  for (const { name, title, description, input, readOnly, call } of tools) {
    const annotations = { readOnlyHint: readOnly, destructiveHint: false, openWorldHint: true };
    server.registerTool(name, { title, description, inputSchema: input, annotations }, async (asked) => {
      const { text, failed = false } = await call(asked as never, host);
      return {
        content: [{ type: "text", text: text.includes("<vm-text>") ? `${text}\n\n${aboutQuotes}` : text }],
        isError: failed,
      };
    });
  }
  return server;
}
