import { finished } from "node:stream/promises";
import { composeMcpHost } from "../../lib/compose-mcp.ts";
import { ok, type Result } from "../../lib/core/problem.ts";
import { systemClock } from "../../lib/local/clock.ts";
import type { McpHost } from "../../lib/mcp/ask-api.ts";
import { connectService } from "../connect-service.ts";
import { version } from "../help.ts";
import { userName } from "../local-runs.ts";
import { cleanText } from "../render/clean.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { withService } from "../session.ts";

/** Serves the Model Context Protocol on standard input and output until the input ends, or it is stopped. */
export async function serveMcp(request: Request): Promise<Result<Report>> {
  const { program, err } = request.terminal;
  const client = await connectService(request);
  if (!client.ok) return client;
  if (client.value) {
    const { askService } = await import("../../lib/mcp/ask-service.ts");
    const { url } = client.value;
    return converse(request, {
      ask: askService(client.value),
      wait: (milliseconds) => systemClock.sleep(milliseconds),
      howToDecide: (id) => `${program} decide ${id} --approve (or --reject) --service ${url}`,
    });
  }
  return withService(
    request,
    () => {},
    async ({ local, settings, sandbox }) => {
      const host = await composeMcpHost(settings, local, {
        person: userName(),
        howToDecide: (id) =>
          sandbox ? "nothing: the runs of this sandbox end with it" : `${program} decide ${id} --approve (or --reject)`,
        onSurprise: (error, requestId) => err.write(`request ${requestId}: ${cleanText(String(error))}\n`),
      });
      return host.ok ? converse(request, host.value) : host;
    },
  );
}

async function converse({ terminal: { err, stopped } }: Request, host: McpHost): Promise<Result<Report>> {
  // The library is large, and no other command needs it.
  const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
  const { createMcpServer } = await import("../../lib/mcp/server.ts");
  const server = serveStdio(() => createMcpServer(host, version), {
    onerror: (error) => err.write(`${cleanText(error.message)}\n`),
  });
  // An input that is torn has ended as well.
  await finished(process.stdin, { signal: stopped, writable: false }).catch(() => {});
  await server.close();
  return ok({ data: null, text: () => [], exitCode: 0 });
}
