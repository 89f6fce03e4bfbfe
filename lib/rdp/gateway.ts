import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { readCertificate } from "./certificate.ts";
import { connectTarget } from "./connect-target.ts";
import type { GatewayExchange, GatewayReport } from "./gateway-report.ts";
import { limitsOf, type ProbeOptions } from "./probe.ts";
import { type Target, tlsVersions } from "./report.ts";
import {
  failedStage,
  ok,
  type ProbeLimits,
  raceLimit,
  type StageResult,
  socketFailure,
  stageLimit,
  waitForEvents,
} from "./stage-result.ts";

/*
 * An RD Gateway answers RDG_OUT_DATA at its path, or RPC_OUT_DATA at that of its older transport, with 401 and the
 * schemes of Windows authentication, before it knows anybody (MS-TSGU 3.3.5.1). No credentials are sent, and no body.
 */

export const gatewayPort = 443;

const requests = [
  { method: "RDG_OUT_DATA", path: "/remoteDesktopGateway/" },
  { method: "RPC_OUT_DATA", path: "/rpc/rpcproxy.dll?localhost:3388" },
] as const;

export type GatewayProbeOptions = Pick<ProbeOptions, "proxy" | "wholeMs" | "stageMs" | "signal">;

/** Probes an RD Gateway: name resolution, connection, TLS with its certificate, and one HTTP request for each path. */
export async function probeGateway(target: Target, options: GatewayProbeOptions = {}): Promise<GatewayReport> {
  const startedAt = new Date();
  const begun = performance.now();
  const proxy = options.proxy ?? null;
  const limits = limitsOf(options);
  const line = await connectTarget(target, proxy, limits);
  const seen = await exchange(line.open, target, limits);
  return {
    target,
    proxy,
    startedAt: startedAt.toISOString(),
    ms: since(begun),
    resolution: line.resolution,
    connections: [...line.connections],
    ...seen,
  };
}

type Seen = Pick<GatewayReport, "tls" | "certificate" | "distrust" | "exchanges">;

async function exchange(
  open: (() => Promise<StageResult<Socket>>) | null,
  target: Target,
  limits: ProbeLimits,
): Promise<Seen> {
  const seen: Seen = { tls: null, certificate: null, distrust: null, exchanges: [] };
  if (!open) return seen;
  for (const one of requests) {
    if (limits.whole.aborted || seen.exchanges.some(isGateway)) break;
    const begun = performance.now();
    const shaken = await shake(await open(), target.host, stageLimit(limits));
    if (!shaken.ok) {
      seen.tls ??= { result: "failed", failure: shaken.failure, ms: since(begun) };
      break;
    }
    const tls = shaken.value;
    if (!seen.tls) Object.assign(seen, describe(tls, target.host, since(begun)));
    seen.exchanges.push(await ask(tls, target, one, stageLimit(limits)));
    tls.destroy();
  }
  return seen;
}

async function shake(opened: StageResult<Socket>, host: string, limit: AbortSignal): Promise<StageResult<TLSSocket>> {
  if (!opened.ok) return opened;
  const servername = isIP(host) ? {} : { servername: host.replace(/\.$/, "") };
  // The certificate is judged from the report; a client of Windows trusts other authorities than this program.
  const tls = connect({ socket: opened.value, ...servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const shaken = await waitForEvents<TLSSocket>(tls, limit, {
    secureConnect: () => ok(tls),
    end: () => undefined,
    error: (error: NodeJS.ErrnoException & { reason?: string }) =>
      error.code?.startsWith("ERR_SSL_")
        ? failedStage(error.code.includes("_ALERT_") ? "alert" : "rejected", error.reason ?? error.code)
        : socketFailure(error),
  });
  tls.on("error", () => {});
  if (!shaken.ok) opened.value.destroy();
  return shaken;
}

function describe(tls: TLSSocket, host: string, ms: number): Partial<Seen> {
  const certificate = tls.getPeerX509Certificate();
  const version = tlsVersions.find((known) => known === tls.getProtocol()) ?? "TLSv1.2";
  // A wrong name is read from the certificate itself.
  const isNameAlone = String(tls.authorizationError).includes("ALTNAME");
  return {
    tls: { result: "completed", version, suite: tls.getCipher().standardName, ms },
    certificate: certificate ? readCertificate(certificate, host) : null,
    distrust: tls.authorized || isNameAlone ? null : String(tls.authorizationError).slice(0, 300),
  };
}

async function ask(
  tls: TLSSocket,
  { host, port }: Target,
  { method, path }: (typeof requests)[number],
  limit: AbortSignal,
): Promise<GatewayExchange> {
  const begun = performance.now();
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}${port === gatewayPort ? "" : `:${port}`}`;
  const asking = new Promise<GatewayExchange["answer"]>((resolve) => {
    const sent = request({
      method,
      path,
      headers: {
        host: authority,
        accept: "*/*",
        "cache-control": "no-cache",
        "rdg-connection-id": `{${randomUUID()}}`,
      },
      createConnection: () => tls,
    });
    sent.on("error", (error: NodeJS.ErrnoException) => resolve({ result: "failed", ...readHttpError(error) }));
    sent.on("response", (response) => {
      const { statusCode = 0, headers } = response;
      // The answer of a gateway has no end.
      response.destroy();
      resolve({ result: "status", status: statusCode, schemes: readSchemes(headers["www-authenticate"]) });
    });
    sent.end();
  });
  const answer = await raceLimit(asking, limit, ({ failure }) => ({ result: "failed" as const, failure }));
  return { method, path, ms: since(begun), answer };
}

function readHttpError(error: NodeJS.ErrnoException) {
  const { failure } = error.code?.startsWith("HPE_")
    ? failedStage("malformed", `the answer is not HTTP: ${error.message}`)
    : socketFailure(error);
  return { failure };
}

/** Only names: the rest of a challenge may be long, and says nothing. */
function readSchemes(header: string | undefined): string[] {
  const names = (header ?? "").split(",").map((part) => /^\s*([A-Za-z][\w-]{0,40})(?=\s|$)/.exec(part)?.[1] ?? "");
  return [...new Set(names.filter(Boolean))].slice(0, 16);
}

/** Whether an answer is that of a gateway: it asks who the user is. */
export function isGateway({ answer }: GatewayExchange): boolean {
  return answer.result === "status" && answer.status === 401 && answer.schemes.length > 0;
}

function since(begun: number): number {
  return Math.round(performance.now() - begun);
}
