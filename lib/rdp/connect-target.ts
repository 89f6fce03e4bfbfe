import type { Socket } from "node:net";
import { connectTcp, resolveHost } from "./connect.ts";
import { connectThrough, type ProxyConnectionResult } from "./proxy.ts";
import type { Connection, ProxyServer, Resolution, Target } from "./report.ts";
import { ok, type ProbeLimits, type StageResult, stageLimit } from "./stage-result.ts";

/** The connection to one server: resolved addresses, attempts, and a function that opens more connections. */
export interface TargetConnection {
  readonly resolution: Resolution;
  /** The attempts to make the first connection. */
  readonly connections: readonly Connection[];
  /**
   * `null`: no address is reachable. Otherwise each call opens one more connection to the address that was reached
   * first.
   */
  readonly open: (() => Promise<StageResult<Socket>>) | null;
}

/** Limits the time that a host without reachable addresses costs. */
const mostTried = 4;

/** Connects to the first reachable address. */
export async function connectTarget(
  target: Target,
  proxy: ProxyServer | null,
  limits: ProbeLimits,
): Promise<TargetConnection> {
  const resolution: Resolution = proxy
    ? { result: "left-to-proxy" }
    : await resolveHost(target.host, stageLimit(limits));
  const connections: Connection[] = [];
  if (resolution.result === "failed") return { resolution, connections, open: null };
  const addresses = resolution.result === "resolved" ? resolution.addresses : [target.host];
  for (const address of addresses.slice(0, mostTried)) {
    const connect = () => connectOnce({ ...target, host: address }, proxy, limits);
    const begun = performance.now();
    const first = await connect();
    const ms = Math.round(performance.now() - begun);
    connections.push({ address, ms, failure: first.ok ? null : { stage: first.stage, ...first.failure } });
    if (first.ok) return { resolution, connections, open: startingWith(first.value, connect) };
  }
  return { resolution, connections, open: null };
}

async function connectOnce(
  target: Target,
  proxy: ProxyServer | null,
  limits: ProbeLimits,
): Promise<ProxyConnectionResult> {
  if (proxy) return connectThrough(proxy, target, stageLimit(limits));
  const connected = await connectTcp(target, stageLimit(limits));
  return connected.ok ? connected : { ...connected, stage: "connect" };
}

/** Returns the first connection on the first call, and new ones after it. */
function startingWith(first: Socket, connect: () => Promise<StageResult<Socket>>): () => Promise<StageResult<Socket>> {
  let unused: Socket | null = first;
  return async () => {
    if (!unused) return connect();
    const socket = unused;
    unused = null;
    return ok(socket);
  };
}
