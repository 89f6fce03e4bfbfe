import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { requestTooLarge } from "./arm-error.ts";
import type { Answer, HttpRequest } from "./http.ts";
import type { ServerCertificate } from "./tls/certificates.ts";

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** ARM's limit for the body of a request. (learn.microsoft.com, azure-resource-manager/management/azure-subscription-service-limits) */
const largestBody = 4 * 1024 * 1024;

/** A client that reuses a connection gives up idle ones earlier than this. */
const idleMs = 120_000;

/** A socket's buffer takes 16 KB in Node.js 20, and 64 KB in later ones. */
const pieceLength = 8192;

/**
 * Serves HTTPS on 127.0.0.1 only. `answer` must not throw: an exception is a bug of the sandbox and gives a 500.
 */
export async function startServer(
  { certificatePem, keyPem }: ServerCertificate,
  port: number,
  answer: (request: HttpRequest) => Promise<Answer>,
): Promise<RunningServer> {
  const server = createServer({ cert: certificatePem, key: keyPem, minVersion: "TLSv1.2" }, (incoming, outgoing) => {
    void respond(incoming, outgoing, answer);
  });
  // Node.js closes an idle connection after 5 s, in which a run waits for its script: its next request would often meet the closing.
  server.keepAliveTimeout = idleMs;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: HttpRequest) => Promise<Answer>,
): Promise<void> {
  try {
    const request = await read(incoming);
    const reply: Answer = "bytes" in request ? requestTooLarge(request.bytes, largestBody) : await answer(request);
    if (reply === "silent") return;
    const text = typeof reply === "string" ? "" : (reply.text ?? jsonOf(reply.body));
    if (reply === "dropped" || (reply.isCut && text === "")) {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(reply.status, {
      ...(text && { "content-type": "application/json; charset=utf-8" }),
      ...reply.headers,
      // A 204 has no Content-Length; clients wait for a body when it has one.
      ...(reply.status !== 204 && { "content-length": Buffer.byteLength(text) }),
    });
    if (reply.isCut) outgoing.write(text.slice(0, text.length / 2), () => incoming.socket.destroy());
    else await send(outgoing, Buffer.from(text));
  } catch (error) {
    if (outgoing.headersSent || incoming.destroyed) return;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    outgoing.writeHead(500, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ error: { code: "SandboxFault", message } }));
  }
}

/**
 * In pieces that are shorter than a socket's buffer. Over TLS, Node.js takes the next request of a connection for broken
 * (HPE_PAUSED) and closes the connection, when that request comes in while a whole buffer waits to be written (24.21).
 */
async function send(outgoing: ServerResponse, body: Buffer): Promise<void> {
  let from = 0;
  for (; from + pieceLength < body.length; from += pieceLength) {
    const piece = body.subarray(from, from + pieceLength);
    await new Promise((resolve) => outgoing.write(piece, resolve));
  }
  outgoing.end(body.subarray(from));
}

function jsonOf(body: unknown): string {
  return body === undefined ? "" : JSON.stringify(body);
}

/** The complete request, or the length of a body that is longer than ARM accepts: it is read to its end, and dropped. */
async function read(incoming: IncomingMessage): Promise<HttpRequest | { readonly bytes: number }> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming) {
    length += part.length;
    if (length <= largestBody) parts.push(part);
  }
  if (length > largestBody) return { bytes: length };
  const url = new URL(incoming.url ?? "/", "https://127.0.0.1");
  return {
    method: incoming.method ?? "GET",
    // Double slashes come from clients that append a path to a URL that ends with a slash.
    path: decodeURIComponent(url.pathname.replace(/\/{2,}/g, "/")),
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(parts).toString("utf8"),
  };
}
