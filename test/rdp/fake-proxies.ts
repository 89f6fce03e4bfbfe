import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import type { ProxyServer } from "../../lib/rdp/report.ts";
import { listen } from "./fake-server.ts";

interface FakeProxy extends AsyncDisposable {
  readonly proxy: ProxyServer;
  /** What it was asked for: `host:port` of each request. */
  readonly asked: readonly string[];
  readonly requests: readonly IncomingMessage[];
}

/** An HTTP proxy that connects to whatever it is asked for, or answers every request with `status`. */
export async function startHttpProxy(status = 200): Promise<FakeProxy> {
  const requests: IncomingMessage[] = [];
  const server = createHttpServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request: IncomingMessage, near: Socket) => {
    requests.push(request);
    if (status !== 200) return void near.end(`HTTP/1.1 ${status} As The Test Wants\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    join(near, hostname.replace(/^\[(.*)\]$/, "$1"), Number(port), () =>
      near.write("HTTP/1.1 200 Connection established\r\n\r\n"),
    );
  });
  const listening = await listen(server);
  return {
    proxy: { kind: "http", ...listening.target },
    get asked() {
      return requests.map(({ url }) => url ?? "");
    },
    requests,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** A SOCKS5 proxy (RFC 1928) without authentication, which connects, or gives every request the reply `reply`. */
export async function startSocksProxy({ reply = 0, method = 0 } = {}): Promise<FakeProxy> {
  const asked: string[] = [];
  const server = createServer((near) => {
    near.once("data", (greeting: Buffer) => {
      // No user name and password among its methods: there are none to offer.
      if (greeting.toString("hex") !== "050100") throw new Error(`an unexpected greeting ${greeting.toString("hex")}`);
      near.write(Buffer.from([5, method]));
      near.once("data", (request: Buffer) => {
        const { host, port } = readSocksRequest(request);
        asked.push(`${host}:${port}`);
        const answer = Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
        if (reply !== 0) return void near.end(answer);
        join(near, host, port, () => near.write(answer));
      });
    });
  });
  const listening = await listen(server);
  return {
    proxy: { kind: "socks5", ...listening.target },
    asked,
    requests: [],
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

function readSocksRequest(request: Buffer): { host: string; port: number } {
  const rest = request.subarray(4);
  const port = request.readUInt16BE(request.length - 2);
  switch (request[3]) {
    case 1:
      return { host: [...rest.subarray(0, 4)].join("."), port };
    case 3:
      return { host: rest.subarray(1, 1 + (rest[0] ?? 0)).toString(), port };
    case 4: {
      const groups = Array.from({ length: 8 }, (_, i) => rest.readUInt16BE(2 * i).toString(16));
      return { host: groups.join(":"), port };
    }
    default:
      throw new Error(`an address of the unknown type ${request[3]}`);
  }
}

function join(near: Socket, host: string, port: number, onConnected: () => void): void {
  const far = connect(port, host, () => {
    onConnected();
    near.pipe(far).pipe(near);
  });
  far.on("error", () => near.destroy());
  near.on("close", () => far.destroy());
}
