import { readCertificate } from "./certificate.ts";
import { connectTarget, type TargetConnection } from "./connect-target.ts";
import { credSspOf, outcomeOf } from "./outcome.ts";
import type { ProbeReport, ProxyServer, Target } from "./report.ts";
import { type ProbeDepth, recordTranscript, type SessionTranscript } from "./session-transcript.ts";
import { abortAfter, type ProbeLimits } from "./stage-result.ts";

export interface ProbeOptions {
  readonly proxy?: ProxyServer | null;
  readonly depth?: ProbeDepth;
  /** Milliseconds for the whole probe. Default: 30,000. */
  readonly wholeMs?: number;
  /** Milliseconds per stage: resolution, connection, negotiation, handshake. Default: 8,000. */
  readonly stageMs?: number;
  /** Stops the probe early; the report then has the observations so far. */
  readonly signal?: AbortSignal;
}

const nothingSaid: SessionTranscript = { negotiations: [], handshakes: [], certificate: null };

/**
 * Probes a Remote Desktop server over the network: name resolution, connection, X.224 negotiation and TLS handshake. It
 * opens up to seven connections one after the other. It sends no credentials, and nothing after a TLS handshake.
 */
export async function probeRdp(target: Target, options: ProbeOptions = {}): Promise<ProbeReport> {
  const startedAt = new Date();
  const begun = performance.now();
  const proxy = options.proxy ?? null;
  const limits = limitsOf(options);
  const line = await connectTarget(target, proxy, limits);
  const { negotiations, handshakes, certificate } = await speak(line, target, options.depth ?? "everything", limits);
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
    outcome: outcomeOf(seen),
  };
}

function limitsOf({ wholeMs = 30_000, stageMs = 8_000, signal }: ProbeOptions): ProbeLimits {
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
