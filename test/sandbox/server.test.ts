import { once } from "node:events";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { startServer } from "../../sandbox/azure/server.ts";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";

test("a request that comes in while the response before it is still being read is answered", async () => {
  const certificate = makeServerCertificate(new Date());
  const server = await startServer(certificate, 0, async ({ body }) => ({
    status: 200,
    body: { received: body.length, padding: "-".repeat(20_000_000) },
  }));
  onTestFinished(() => server.close());
  const socket = connect({ host: "127.0.0.1", port: server.port, ca: certificate.caPem });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  socket.write("GET /one HTTP/1.1\r\nHost: arm\r\n\r\n");
  // The response has begun, and is longer than the buffers between the two.
  await once(socket, "readable");
  const body = "x".repeat(1_000_000);
  socket.write(`PUT /two HTTP/1.1\r\nHost: arm\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const received: string[] = [];
  for await (const part of socket.setEncoding("latin1")) {
    received.push(...(String(part).match(/"received":\d+/g) ?? []));
    if (received.length === 2) break;
  }
  expect(received).toEqual(['"received":0', '"received":1000000']);
});
