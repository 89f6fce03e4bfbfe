import { request } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { SocksClient } from "socks";
import { connectTcp } from "./connect.ts";
import type { Failure, ProxyServer, Target } from "./report.ts";
import { failedStage, raceLimit } from "./stage-result.ts";

/** A connection, or the failure and whether it happened at the proxy or behind it. */
export type ProxyConnectionResult =
  | { readonly ok: true; readonly value: Socket }
  | { readonly ok: false; readonly stage: "proxy" | "connect"; readonly failure: Failure };

/** Connects to the target through a proxy. */
export async function connectThrough(
  proxy: ProxyServer,
  target: Target,
  limit: AbortSignal,
): Promise<ProxyConnectionResult> {
  const reached = await connectTcp(proxy, limit);
  if (!reached.ok) return none("proxy", reached.failure);
  const socket = reached.value;
  const asked = proxy.kind === "http" ? askHttp(socket, target) : askSocks(socket, proxy, target);
  // A timeout of the proxy says nothing about the target.
  const tunnel = await raceLimit(asked, limit, ({ failure }) => none("proxy", failure));
  if (!tunnel.ok) socket.destroy();
  return tunnel;
}

function none(stage: "proxy" | "connect", failure: Failure): ProxyConnectionResult {
  return { ok: false, stage, failure };
}

/** Status codes of gateways for a host that they could not reach (RFC 9110, 15.6.3 and 15.6.5). */
const behindHttp: Readonly<Record<number, Failure["reason"]>> = { 502: "unreachable", 504: "timeout" };

function askHttp(socket: Socket, { host, port }: Target): Promise<ProxyConnectionResult> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const asking = request({
      method: "CONNECT",
      path: authority,
      headers: { host: authority },
      createConnection: () => socket,
    });
    asking.on("error", (error) => resolve(none("proxy", failedStage("proxy-denied", error.message).failure)));
    asking.on("connect", ({ statusCode = 0, statusMessage = "" }, _, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve({ ok: true, value: socket });
      }
      const behind = behindHttp[statusCode];
      const told = `the proxy answered ${statusCode} ${statusMessage}`.trimEnd();
      resolve(none(behind ? "connect" : "proxy", failedStage(behind ?? "proxy-denied", told).failure));
    });
    asking.end();
  });
}

/** Replies of a SOCKS proxy about the target, in the words of the library (RFC 1928, 6). */
const behindSocks: Readonly<Record<string, Failure["reason"]>> = {
  NetworkUnreachable: "unreachable",
  HostUnreachable: "unreachable",
  ConnectionRefused: "refused",
  TTLExpired: "unreachable",
};

async function askSocks(socket: Socket, proxy: ProxyServer, destination: Target): Promise<ProxyConnectionResult> {
  try {
    await SocksClient.createConnection({
      proxy: { host: proxy.host, port: proxy.port, type: 5 },
      command: "connect",
      destination,
      existing_socket: socket,
    });
    return { ok: true, value: socket };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const behind = behindSocks[/ - (\w+)$/.exec(message)?.[1] ?? ""];
    return none(behind ? "connect" : "proxy", failedStage(behind ?? "proxy-denied", message).failure);
  }
}
