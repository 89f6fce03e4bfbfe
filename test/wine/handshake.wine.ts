import { createHash, X509Certificate } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { describe, expect, inject, test } from "vitest";
import { choosing, declining, ecCertificate, listen, plainConfirm, speakTls, startFake } from "../rdp/fake-server.ts";
import { askGuest } from "./guest.ts";
import type { Machine } from "./machine.ts";

/* Schannel is Wine's own: TLS of the system below behind the interfaces of Windows. */

const machine = inject("machine") as Machine;
const certificate = new X509Certificate(ecCertificate.cert);

const overTls = (protocol: number) => (socket: Socket) => {
  socket.write(choosing(protocol));
  speakTls(socket, { maxVersion: "TLSv1.2" });
};
const saying = (bytes: Buffer | string) => (socket: Socket) => void socket.write(bytes);

const completed = {
  result: "completed",
  protocol: "TLS 1.2",
  // Wine does not tell the suite.
  suite: expect.any(String),
  thumbprint: createHash("sha1").update(certificate.raw).digest("hex").toUpperCase(),
  notAfter: new Date(certificate.validTo).toISOString(),
};
const failed = (stage: string, error: RegExp) => ({ result: "failed", stage, error: expect.stringMatching(error) });

const listeners: readonly { name: string; answer: (socket: Socket) => void; expected: unknown }[] = [
  { name: "takes TLS", answer: overTls(1), expected: completed },
  { name: "takes network level authentication", answer: overTls(2), expected: completed },
  { name: "chooses its own security", answer: saying(choosing(0)), expected: { result: "rdp-security" } },
  { name: "knows no other security", answer: saying(plainConfirm), expected: { result: "rdp-security" } },
  {
    name: "would take no other",
    answer: saying(declining("SSL_NOT_ALLOWED_BY_SERVER")),
    expected: { result: "rdp-security" },
  },
  {
    name: "has no certificate",
    answer: saying(declining("SSL_CERT_NOT_ON_SERVER")),
    expected: failed("negotiate", /SSL_CERT_NOT_ON_SERVER/),
  },
  { name: "hangs up", answer: (socket) => socket.destroy(), expected: failed("negotiate", /./) },
  {
    name: "speaks something else",
    answer: saying("HTTP/1.1 400 Bad Request\r\n\r\n"),
    expected: failed("negotiate", /RDP/),
  },
  {
    name: "hangs up at TLS, as one that cannot use its key",
    answer: (socket) => {
      socket.write(choosing(1));
      socket.once("data", () => socket.destroy());
    },
    expected: failed("tls", /./),
  },
];

describe.skipIf(!machine)("the handshake, under Wine", () => {
  test("tells every listener for what it is, and nobody for nobody", async () => {
    await using servers = new AsyncDisposableStack();
    const ports: number[] = [];
    for (const { answer } of listeners) ports.push(servers.use(await startFake(answer)).target.port);
    const gone = await listen(createServer());
    await gone[Symbol.asyncDispose]();

    const seen = await askGuest(machine, "foreach ($port in $In) { Out (Get-RdpHandshake -Port $port) }", {
      input: [...ports, gone.target.port],
    });
    const named = seen.map((one, at) => {
      const { client: _, ...result } = one as Record<string, unknown>;
      return [listeners[at]?.name ?? "nobody", result];
    });
    expect(named).toEqual([
      ...listeners.map(({ name, expected }) => [name, expected]),
      ["nobody", failed("connect", /./)],
    ]);
  });
});
