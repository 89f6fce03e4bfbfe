import { createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import type { Target } from "../../lib/rdp/report.ts";
import { ecKey, selfSigned } from "./certificates.ts";
import { listen } from "./fake-server.ts";

export interface FakeGateway extends AsyncDisposable {
  readonly target: Target;
  /** The heads of the requests, in order. */
  readonly requests: readonly string[];
}

/** Answers the head of one request. */
export type GatewayAnswer = (head: string, socket: TLSSocket) => void;

export const gatewayName = "localhost";
const gatewayCertificate = selfSigned({ key: ecKey, commonName: gatewayName, dnsNames: [gatewayName] });

/** An HTTPS server of which tests decide every byte: Node.js' own HTTP server knows no gateway's methods. */
export async function startGateway(answer: GatewayAnswer, options: SecureContextOptions = {}): Promise<FakeGateway> {
  const requests: string[] = [];
  const server = createServer({ ...gatewayCertificate, ...options }, (socket) => {
    let received = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = received.slice(0, end);
      requests.push(head);
      answer(head, socket);
    });
  });
  const { target, ...listening } = await listen(server);
  return { requests, target: { ...target, host: gatewayName }, ...listening };
}

/** As IIS with the role RD Gateway answers a request without credentials. */
export const challenge: GatewayAnswer = (_, socket) => {
  socket.write(
    "HTTP/1.1 401 Unauthorized\r\nServer: Microsoft-HTTPAPI/2.0\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
  );
};

/** Answers each path with a status; 404 for others. */
export function statuses(byPath: Readonly<Record<string, number>>): GatewayAnswer {
  return (head, socket) => {
    const path = head.split(" ")[1]?.split("?")[0] ?? "";
    const status = byPath[path] ?? 404;
    const schemes = status === 401 ? "WWW-Authenticate: NTLM\r\n" : "";
    socket.write(`HTTP/1.1 ${status} As The Test Wants\r\n${schemes}Content-Length: 0\r\n\r\n`);
  };
}
