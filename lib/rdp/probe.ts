import { readCertificate } from "./certificate.ts";
import { connectTarget, type TargetConnection } from "./connect-target.ts";
import { credSspOf, outcomeOf } from "./outcome.ts";
import type { ProbeReport, ProxyServer, Target } from "./report.ts";
import { type ProbeDepth, recordTranscript, type SessionTranscript } from "./session-transcript.ts";
import { abortAfter, type ProbeLimits } from "./stage-result.ts";

export interface ProbeOptions {
  readonly proxy?: ProxyServer | null;
  readonly depth?: ProbeDepth;
  /** Milliseconds for all of it. Default: 30,000. */
  readonly wholeMs?: number;
  /** Milliseconds for each stage: a look-up, a connection, a negotiation, a handshake. Default: 8,000. */
  readonly stageMs?: number;
  /** Ends the probe early; the report then has what was seen until then. */
  readonly signal?: AbortSignal;
}

const nothingSaid: SessionTranscript = { negotiations: [], handshakes: [], certificate: null };

/**
 * Looks from outside at a Remote Desktop server: its name, the way to it, the X.224 negotiation and the TLS handshake. It
 * opens up to seven connections one after the other, sends no credentials, and nothing at all behind a TLS handshake.
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
