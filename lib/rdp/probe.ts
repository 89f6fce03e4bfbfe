import { readCertificate } from "./certificate.ts";
import { connectTarget, type TargetConnection } from "./connect-target.ts";
import { credSspOf, outcomeOf } from "./outcome.ts";
import type { ProbeReport, ProxyServer, Target, UdpResult } from "./report.ts";
import { type ProbeDepth, recordTranscript, type SessionTranscript } from "./session-transcript.ts";
import { abortAfter, type ProbeLimits } from "./stage-result.ts";
import { probeUdp } from "./udp.ts";

export interface ProbeOptions {
  readonly proxy?: ProxyServer | null;
  readonly depth?: ProbeDepth;
  /** Milliseconds for the whole probe. Default: 30,000. */
  readonly wholeMs?: number;
  /** Milliseconds per stage: resolution, connection, negotiation, handshake. Default: 8,000. */
  readonly stageMs?: number;
  /** Milliseconds for the answer over UDP. Default: 2,000. The other stages go on meanwhile. */
  readonly udpMs?: number;
  /** Stops the probe early; the report then has the observations so far. */
  readonly signal?: AbortSignal;
}

const nothingSaid: SessionTranscript = { negotiations: [], handshakes: [], certificate: null };

/**
 * Probes a Remote Desktop server over the network: name resolution, connection, X.224 negotiation and TLS handshake. It
 * opens up to seven connections one after the other, and sends up to three datagrams over UDP. It sends no credentials,
 * and nothing after a TLS handshake.
 */
export async function probeRdp(target: Target, options: ProbeOptions = {}): Promise<ProbeReport> {
  const startedAt = new Date();
  const begun = performance.now();
  const proxy = options.proxy ?? null;
  const limits = limitsOf(options);
  const line = await connectTarget(target, proxy, limits);
  const depth = options.depth ?? "everything";
  const [{ negotiations, handshakes, certificate }, udp] = await Promise.all([
    speak(line, target, depth, limits),
    tryUdp(line, { target, proxy, depth, udpMs: options.udpMs ?? 2_000, limits }),
  ]);
  const seen = {
    resolution: line.resolution,
    connections: [...line.connections],
    negotiations: [...negotiations],
    handshakes: [...handshakes],
  };
  return {
    target,
    proxy,
    startedAt: startedAt.toISOString(),
    ms: Math.round(performance.now() - begun),
    ...seen,
    certificate: certificate && readCertificate(certificate, target.host),
    credSsp: credSspOf(negotiations),
    udp,
    outcome: outcomeOf(seen),
  };
}

interface UdpAttempt {
  readonly target: Target;
  readonly proxy: ProxyServer | null;
  readonly depth: ProbeDepth;
  readonly udpMs: number;
  readonly limits: ProbeLimits;
}

/** The address that TCP reached is tried, on the same port. */
async function tryUdp(
  { open, connections }: TargetConnection,
  { target, proxy, depth, udpMs, limits }: UdpAttempt,
): Promise<UdpResult> {
  const reached = connections.at(-1);
  if (depth === "proof") return { result: "not-tried", because: "only the handshake was asked for" };
  if (proxy) return { result: "not-tried", because: "the proxy carries no UDP" };
  if (!open || !reached) return { result: "not-tried", because: "no address was reached over TCP" };
  return probeUdp({ host: reached.address, port: target.port }, udpMs, limits);
}

/** The limits of a probe that starts now. */
export function limitsOf({
  wholeMs = 30_000,
  stageMs = 8_000,
  signal,
}: Pick<ProbeOptions, "wholeMs" | "stageMs" | "signal">): ProbeLimits {
  const whole = abortAfter(wholeMs);
  return { whole: signal ? AbortSignal.any([whole, signal]) : whole, stageMs };
}

async function speak(
  { open }: TargetConnection,
  { host }: Target,
  depth: ProbeDepth,
  limits: ProbeLimits,
): Promise<SessionTranscript> {
  return open ? recordTranscript({ open, host, depth, limits }) : nothingSaid;
}
