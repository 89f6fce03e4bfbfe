import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Api } from "../http/api.ts";
import type { ApiRequest } from "../http/api-message.ts";
import { maximumBodyBytes } from "../http/read-input.ts";

export interface LocalServer {
  /** e.g. `http://127.0.0.1:7071`. */
  readonly url: string;
  /** Accepts no more requests, and gives those in progress some seconds to end. */
  close(): Promise<void>;
}

const closingMs = 5000;

/**
 * Longer than clients and proxies keep a connection that nobody uses. Node.js would close it after 5 s, under a request that is
 * on its way: its sender gets no response.
 */
const keepAliveMs = 75_000;

/** Serves the API on 127.0.0.1 only; port 0 means any free port. @throws Error when the port is in use. */
export async function startServer(api: Api, port: number): Promise<LocalServer> {
  let closing = false;
  const server = createServer((incoming, outgoing) => {
    // A connection that is kept open after its response would delay the closing.
    if (closing) outgoing.shouldKeepAlive = false;
    respond(incoming, outgoing, api, url).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async close() {
      closing = true;
      const closed = once(server, "close");
      server.close();
      const patience = setTimeout(() => server.closeAllConnections(), closingMs);
      await closed;
      clearTimeout(patience);
    },
  };
}

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, api: Api, url: string): Promise<void> {
  const body = await readBody(incoming);
  const answer = await api(toRequest(incoming, body, url));
  // Does not wait for the rest of a body that is too large.
  const cutOff = body.byteLength > maximumBodyBytes ? { connection: "close" } : {};
  const length = answer.status === 304 ? {} : { "content-length": Buffer.byteLength(answer.body) };
  outgoing.writeHead(answer.status, { ...answer.headers, ...length, ...cutOff });
  outgoing.end(answer.body);
}

/** Links use the address that is served, whatever the request's Host header says. */
function toRequest(
  { method = "GET", url: path = "/", headers }: IncomingMessage,
  body: Buffer,
  url: string,
): ApiRequest {
  const single = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return {
    method,
    url: `${url}${path.startsWith("/") ? path : `/${path}`}`,
    headers: Object.fromEntries(single),
    body,
  };
}

/** The body; of one that is too large, only enough to show that it is. */
async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming.iterator({ destroyOnReturn: false })) {
    parts.push(part);
    length += part.length;
    if (length > maximumBodyBytes) break;
  }
  return Buffer.concat(parts);
}
