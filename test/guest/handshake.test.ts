import { createHash, X509Certificate } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { HandshakeSection } from "../../lib/core/guest-evidence.ts";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";

const request = Buffer.from("030000130ee00000000000010008000b000000", "hex");
/** A confirm that chose a protocol (type 2) or says why it chose none (type 3). */
const confirm = (type: 2 | 3, number: number) =>
  Buffer.from([3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, type, 0, 8, 0, number, 0, 0, 0]);
const shortConfirm = Buffer.from([3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0]);

const { certificatePem, keyPem } = makeServerCertificate(new Date());
const certificate = new X509Certificate(certificatePem);

const servers: { server: Server; sockets: Set<Socket> }[] = [];

/** A server on loopback that answers the first packet of each connection. */
async function listen(answer: (socket: Socket, packet: Buffer) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (packet: Buffer) => answer(socket, packet));
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function speakTls(socket: Socket): void {
  const secureContext = createSecureContext({ cert: certificatePem, key: keyPem, maxVersion: "TLSv1.2" });
  const tls = new TLSSocket(socket, { isServer: true, secureContext });
  tls.on("error", () => socket.destroy());
}

afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

async function shake(port: number): Promise<z.infer<typeof HandshakeSection>> {
  const body = `ConvertTo-JsonText (Get-RdpHandshake -Port ${port})`;
  const [line = ""] = await runPwsh(["text.ps1", "json.ps1", "windows/handshake.ps1"], body);
  return HandshakeSection.parse(JSON.parse(line));
}

describe.skipIf(!hasPwsh)("the handshake of windows.ps1 under pwsh", () => {
  test("goes through X.224 and TLS, and tells the certificate that it was shown", async () => {
    let asked: Buffer | null = null;
    const port = await listen((socket, packet) => {
      asked = packet;
      socket.write(confirm(2, 2));
      speakTls(socket);
    });
    expect(await shake(port)).toEqual({
      result: "completed",
      protocol: "TLS 1.2",
      suite: expect.stringMatching(/^TLS_ECDHE_ECDSA_WITH_/),
      thumbprint: createHash("sha1").update(certificate.raw).digest("hex").toUpperCase(),
      notAfter: new Date(certificate.validTo).toISOString(),
    });
    expect(asked).toEqual(request);
  });

  test.each([
    ["chooses it", confirm(2, 0)],
    ["knows no other", shortConfirm],
    ["would take no other", confirm(3, 2)],
  ])("meets RDP's own security where the listener %s", async (_, answer) => {
    expect(await shake(await listen((socket) => socket.write(answer)))).toEqual({ result: "rdp-security" });
  });

  test.each([
    ["has no certificate", (socket: Socket) => socket.write(confirm(3, 3)), "negotiate", /SSL_CERT_NOT_ON_SERVER/],
    ["hangs up", (socket: Socket) => socket.destroy(), "negotiate", /.+/],
    ["speaks something else", (socket: Socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), "negotiate", /RDP/],
    [
      "hangs up at TLS, as a listener does that cannot use its key",
      (socket: Socket) => {
        socket.write(confirm(2, 1));
        socket.once("data", () => socket.destroy());
      },
      "tls",
      /.+/,
    ],
  ] as const)("fails where the listener %s", async (_, answer, stage, error) => {
    expect(await shake(await listen(answer))).toEqual({ result: "failed", stage, error: expect.stringMatching(error) });
  });

  test("fails where nobody listens", async () => {
    const port = await listen(() => {});
    for (const { server } of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await shake(port)).toMatchObject({ result: "failed", stage: "connect" });
  });
});
