import type { Socket } from "node:net";
import { connectTcp, resolveHost } from "./connect.ts";
import { connectThrough, type ProxyConnectionResult } from "./proxy.ts";
import type { Connection, ProxyServer, Resolution, Target } from "./report.ts";
import { ok, type ProbeLimits, type StageResult, stageLimit } from "./stage-result.ts";

/** The way to one server, and how it was found. */
export interface TargetConnection {
  readonly resolution: Resolution;
  /** The attempts to get the first connection. */
  readonly connections: readonly Connection[];
  /** `null`: there is no way. Else each call makes one more connection, over the address that was reached first. */
  readonly open: (() => Promise<StageResult<Socket>>) | null;
}

/** A host that is down should not cost the whole time for each of its addresses. */
const mostTried = 4;

/** Finds the first address that takes a connection. */
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

/** The connection that proved the way is used first. */
function startingWith(first: Socket, connect: () => Promise<StageResult<Socket>>): () => Promise<StageResult<Socket>> {
  let unused: Socket | null = first;
  return async () => {
    if (!unused) return connect();
    const socket = unused;
    unused = null;
    return ok(socket);
  };
}
