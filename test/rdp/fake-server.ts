import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import type { Target } from "../../lib/rdp/report.ts";
import { encodeRequest, type FailureName, failureCodes, type Protocol, protocolBits } from "../../lib/rdp/x224.ts";
import { ecKey, selfSigned } from "./certificates.ts";

/** A confirm that chooses a protocol, by its number or its name. */
export function choosing(protocol: Protocol | number, flags = 0): Buffer {
  return confirm(2, flags, typeof protocol === "number" ? protocol : protocolBits[protocol]);
}

/** A confirm that says why it chooses none. */
export function declining(failure: FailureName | number): Buffer {
  return confirm(3, 0, typeof failure === "number" ? failure : failureCodes[failure]);
}

/** A confirm of a server that does not know the negotiation. */
export const plainConfirm = Buffer.from([3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0]);

function confirm(type: number, flags: number, number: number): Buffer {
  const packet = Buffer.from([3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, type, flags, 8, 0, 0, 0, 0, 0]);
  packet.writeUInt32LE(number, 15);
  return packet;
}

/** A fake RDP server, of which tests decide every byte. */
export interface FakeServer extends AsyncDisposable {
  readonly target: Target;
  /** The connection requests, in the order in which they came. */
  readonly requests: readonly Buffer[];
  /** What clients sent behind a TLS handshake. It must stay empty. */
  readonly behindTls: readonly Buffer[];
  /** Refuses every further connection; those that there are go on. */
  stopListening(): void;
}

/** What to do with a connection whose request has come whole. `nth` counts from 0. */
export type Answering = (socket: Socket, asked: { readonly nth: number; readonly request: Buffer }) => void;

export async function startFake(answer: Answering, { host = "127.0.0.1" } = {}): Promise<FakeServer> {
  const requests: Buffer[] = [];
  const behindTls: Buffer[] = [];
  const server = createServer((socket) => {
    spies.set(socket, behindTls);
    readRequest(socket, (request) => {
      requests.push(request);
      answer(socket, { nth: requests.length - 1, request });
    });
  });
  return { requests, behindTls, ...(await listen(server, host)), stopListening: () => void server.close() };
}

/** Where speakTls puts what comes behind the handshake. */
const spies = new WeakMap<Socket, Buffer[]>();

const requestBytes = encodeRequest([]).length;

function readRequest(socket: Socket, then: (request: Buffer) => void): void {
  let received = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < requestBytes) return;
    socket.off("data", read);
    // A client may not run ahead: everything behind the request would show up here.
    then(received);
  };
  socket.on("data", read);
}

/** Starts a server on a free port, which ends with all its connections. */
export async function listen(
  server: Server,
  host = "127.0.0.1",
): Promise<{ readonly target: Target } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  return {
    target: { host, port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export const ecCertificate = selfSigned({ key: ecKey, dnsNames: ["vm-app-01.example"] });

/** Goes on with TLS on a connection whose confirm was sent. */
export function speakTls(socket: Socket, options: SecureContextOptions = {}): void {
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ ...ecCertificate, ...options }),
  });
  tls.on("error", () => socket.destroy());
  tls.on("data", (bytes: Buffer) => spies.get(socket)?.push(bytes));
}

/** A server as Windows is: the best protocol of those asked for, and by default NLA is required. */
export function likeWindows({ nla = true, tls = {} }: { nla?: boolean; tls?: SecureContextOptions } = {}): Answering {
  return (socket, { request }) => {
    const bits = request.readUInt32LE(15);
    const offered = (protocol: Protocol) => (bits & protocolBits[protocol]) !== 0;
    if (bits === 0) return void socket.write(declining(nla ? "HYBRID_REQUIRED_BY_SERVER" : "SSL_REQUIRED_BY_SERVER"));
    if (!offered("PROTOCOL_HYBRID") && nla) return void socket.write(declining("HYBRID_REQUIRED_BY_SERVER"));
    const best = offered("PROTOCOL_HYBRID_EX")
      ? "PROTOCOL_HYBRID_EX"
      : offered("PROTOCOL_HYBRID")
        ? "PROTOCOL_HYBRID"
        : "PROTOCOL_SSL";
    socket.write(choosing(best, 0x1f));
    speakTls(socket, tls);
  };
}
