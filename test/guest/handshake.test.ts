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

function speakTls(socket: Socket, version: "TLSv1.2" | "TLSv1.3" = "TLSv1.2"): void {
  const versions = { minVersion: version, maxVersion: version } as const;
  const secureContext = createSecureContext({ cert: certificatePem, key: keyPem, ...versions });
  const tls = new TLSSocket(socket, { isServer: true, secureContext });
  tls.on("error", () => socket.destroy());
}

afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** What Windows says about itself; values of the registry by the end of their paths. */
interface Windows {
  readonly listens: readonly string[] | null;
  readonly registry: Readonly<Record<string, string | number>>;
}
const server2022: Windows = { listens: ["0.0.0.0", "::"], registry: { CurrentBuildNumber: "20348" } };
const all = ["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"];
const client = { address: "127.0.0.1", offered: all, forbidden: [] };

async function shake(port: number, { listens, registry } = server2022): Promise<z.infer<typeof HandshakeSection>> {
  const rows = Object.entries(registry).map(([end, data]) => `'${end}' = ${JSON.stringify(data).replaceAll('"', "'")}`);
  const listening = listens?.map((address) => `@{ LocalAddress = '${address}' }`).join("; ");
  const body = `
$Registry = @{ ${rows.join("; ")} }
function Get-RegistryData($Key, $Name) { foreach ($end in $Registry.Keys) { if ("$Key\\$Name".EndsWith($end)) { return @{ type = 'any'; data = $Registry[$end] } } } }
${listening === undefined ? "" : `function Get-NetTCPConnection { ${listening} }`}
ConvertTo-JsonText (Get-RdpHandshake -Port ${port})`;
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
      client,
    });
    expect(asked).toEqual(request);
  });

  test.each([
    ["chooses it", confirm(2, 0)],
    ["knows no other", shortConfirm],
    ["would take no other", confirm(3, 2)],
  ])("meets RDP's own security where the listener %s", async (_, answer) => {
    expect(await shake(await listen((socket) => socket.write(answer)))).toEqual({ result: "rdp-security", client });
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
    const failed = { result: "failed", stage, error: expect.stringMatching(error), client };
    expect(await shake(await listen(answer))).toEqual(failed);
  });

  test("uses TLS 1.3 where the listener has nothing else and this VM can offer it", async () => {
    const only13 = await listen((socket) => {
      socket.write(confirm(2, 1));
      speakTls(socket, "TLSv1.3");
    });
    expect(await shake(only13)).toMatchObject({ result: "completed", protocol: "TLS 1.3", client });
    const forbids = { ...server2022, registry: { ...server2022.registry, "TLS 1.3\\Client\\Enabled": 0 } };
    expect(await shake(only13, forbids)).toMatchObject({
      result: "failed",
      stage: "tls",
      client: { offered: all.slice(0, 3), forbidden: ["TLS 1.3"] },
    });
    const server2019 = { ...server2022, registry: { CurrentBuildNumber: "17763" } };
    expect(await shake(only13, server2019)).toMatchObject({ result: "failed", client: { offered: all.slice(0, 3) } });
  });

  test("connects to the address that the listener is bound to, and to loopback where it is bound to all or nobody can tell", async () => {
    const port = await listen((socket) => socket.write(confirm(2, 0)));
    const where = async (listens: Windows["listens"]) =>
      (await shake(port, { ...server2022, listens })).client?.address;
    expect(await where(["127.0.0.1"])).toBe("127.0.0.1");
    expect(await where(["127.0.0.9", "fe80::1"])).toBe("127.0.0.9");
    expect(await where(["::", "0.0.0.0"])).toBe("127.0.0.1");
    expect(await where(["::"])).toBe("::1");
    expect(await where([])).toBe("127.0.0.1");
    expect(await where(null)).toBe("127.0.0.1");
  });

  test("fails where nobody listens", async () => {
    const port = await listen(() => {});
    for (const { server } of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await shake(port)).toMatchObject({ result: "failed", stage: "connect" });
  });
});
