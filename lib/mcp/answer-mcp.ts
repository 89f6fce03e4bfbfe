import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { McpHost } from "./ask-api.ts";
import { createMcpServer } from "./server.ts";

export interface McpRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The JSON of the body. */
  readonly message: unknown;
}

/** The headers that the protocol reads; all others are none of its business, the caller's token among them. */
const protocolHeaders = /^(accept|content-type|mcp-.+)$/;

/**
 * Answers one message over HTTP, of this version of the protocol or the one before. Who may ask is decided before. Its
 * whole answer is in the body, as JSON: there are no sessions, and nothing is sent later.
 */
export async function answerMcp(host: McpHost, version: string, { headers, message }: McpRequest) {
  const kept = Object.entries(headers).filter(([name]) => protocolHeaders.test(name));
  const request = new Request("http://127.0.0.1/api/mcp", {
    method: "POST",
    headers: kept.map(([name, value]): [string, string] => [name, value ?? ""]),
    body: JSON.stringify(message),
  });
  const server = () => createMcpServer(host, version);
  const isLegacy = await isLegacyRequest(request, message);
  const answer = isLegacy ? answerLegacy : answerModern;
  return answer(server, request, message);
}

async function answerModern(server: () => ReturnType<typeof createMcpServer>, request: Request, parsedBody: unknown) {
  const handler = createMcpHandler(server);
  try {
    return await read(await handler.fetch(request, { parsedBody }));
  } finally {
    await handler.close();
  }
}

/** The handler above would answer these as a stream of events. */
async function answerLegacy(server: () => ReturnType<typeof createMcpServer>, request: Request, parsedBody: unknown) {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const connected = server();
  await connected.connect(transport);
  try {
    return await read(await transport.handleRequest(request, { parsedBody }));
  } finally {
    await connected.close();
  }
}

async function read(response: Response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
