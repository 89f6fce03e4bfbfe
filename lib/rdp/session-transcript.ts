import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { negotiateProtocol } from "./negotiate.ts";
import { type Answer, type Handshake, type Negotiation, tlsVersions } from "./report.ts";
import { failedStage, ok, type ProbeLimits, type StageResult, stageLimit } from "./stage-result.ts";
import { attemptTlsHandshake, type TlsHandshakeResult, type TlsOffer } from "./tls-handshake.ts";
import type { Protocol } from "./x224.ts";

/** The negotiations and handshakes of one probe, in order. */
export interface SessionTranscript {
  readonly negotiations: readonly Negotiation[];
  readonly handshakes: readonly Handshake[];
  readonly certificate: X509Certificate | null;
}

/** `proof`: the minimum that shows a completed handshake, with the one ClientHello that a current client sends. */
export type ProbeDepth = "everything" | "proof";

export interface TranscriptOptions {
  readonly open: () => Promise<StageResult<Socket>>;
  /** Server name in the TLS ClientHello. */
  readonly host: string;
  readonly depth: ProbeDepth;
  readonly limits: ProbeLimits;
}

const withCredSsp: readonly Protocol[] = ["PROTOCOL_SSL", "PROTOCOL_HYBRID", "PROTOCOL_HYBRID_EX"];
const tlsAlone: readonly Protocol[] = ["PROTOCOL_SSL"];
const rdpAlone: readonly Protocol[] = ["PROTOCOL_RDP"];

/**
 * All protocols first. Some servers close the connection on RDSTLS (xrdp 0.9 does) or on other flags: then fewer and
 * fewer.
 */
const requests: readonly (readonly Protocol[])[] = [
  [...withCredSsp, "PROTOCOL_RDSTLS"],
  withCredSsp,
  tlsAlone,
  rdpAlone,
];

/** Narrower requests that give more information after a protocol was chosen. */
const telling: Record<Protocol, readonly (readonly Protocol[])[]> = {
  PROTOCOL_RDP: [],
  PROTOCOL_SSL: [rdpAlone],
  PROTOCOL_HYBRID: [tlsAlone, rdpAlone],
  PROTOCOL_HYBRID_EX: [tlsAlone, rdpAlone],
  PROTOCOL_RDSTLS: [withCredSsp, tlsAlone, rdpAlone],
};

/** Records which protocol the server chooses, whether TLS completes, and which other protocols it would choose. */
export async function recordTranscript(options: TranscriptOptions): Promise<SessionTranscript> {
  const negotiations: Negotiation[] = [];
  const agreed = await agree(options, negotiations);
  if (!agreed) return { negotiations, handshakes: [], certificate: null };
  const tls = agreed.protocol === "PROTOCOL_RDP" ? withoutTls(agreed) : await tryVersions(options, agreed);
  if (options.depth === "everything") {
    for (const requested of telling[agreed.protocol]) {
      if (negotiations.some((earlier) => isSame(earlier.requested, requested)) || options.limits.whole.aborted)
        continue;
      const { socket, ...negotiation } = await requestProtocols(options, requested);
      socket?.destroy();
      negotiations.push(negotiation);
    }
  }
  return { negotiations, ...tls };
}

function isSame(one: readonly Protocol[], other: readonly Protocol[]): boolean {
  return one.length === other.length && one.every((protocol) => other.includes(protocol));
}

interface Agreed {
  readonly requested: readonly Protocol[];
  readonly protocol: Protocol;
  /** The connection on which the server chose the protocol. */
  readonly socket: Socket;
}

async function agree(options: TranscriptOptions, negotiations: Negotiation[]): Promise<Agreed | null> {
  for (const requested of requests) {
    const { socket, ...negotiation } = await requestProtocols(options, requested);
    negotiations.push(negotiation);
    const { answer } = negotiation;
    if (socket && answer.kind === "chosen") return { requested, protocol: answer.protocol, socket };
    socket?.destroy();
    if (isSilent(answer)) return null;
  }
  return null;
}

/** A server that does not answer one request will not answer the next either. */
function isSilent(answer: Answer): boolean {
  return answer.kind === "broken" && (answer.failure.reason === "timeout" || answer.failure.reason === "stopped");
}

async function requestProtocols(
  { open, limits }: TranscriptOptions,
  requested: readonly Protocol[],
): Promise<Negotiation & { readonly socket: Socket | null }> {
  const opened = await open();
  const begun = performance.now();
  const answer: Answer = opened.ok
    ? await negotiateProtocol(opened.value, requested, stageLimit(limits))
    : { kind: "broken", failure: opened.failure };
  const ms = Math.round(performance.now() - begun);
  return { requested: [...requested], ms, answer, socket: opened.ok ? opened.value : null };
}

function withoutTls({ socket }: Agreed): Pick<SessionTranscript, "handshakes" | "certificate"> {
  socket.destroy();
  return { handshakes: [], certificate: null };
}

/** One handshake per version shows which versions are supported. A server without a version may log an error. */
const offers: Record<ProbeDepth, readonly TlsOffer[]> = {
  everything: tlsVersions.map((version) => ({ min: version, max: version })),
  proof: [{ min: "TLSv1.2", max: "TLSv1.3" }],
};

async function tryVersions(
  options: TranscriptOptions,
  agreed: Agreed,
): Promise<Pick<SessionTranscript, "handshakes" | "certificate">> {
  const handshakes: Handshake[] = [];
  let certificate: X509Certificate | null = null;
  let ready: StageResult<Socket> | null = ok(agreed.socket);
  for (const offer of offers[options.depth]) {
    if (isEnough(offer, handshakes) || options.limits.whole.aborted) break;
    ready ??= await agreeAgain(options, agreed);
    const begun = performance.now();
    const tried = ready.ok
      ? await attemptTlsHandshake(ready.value, offer, options.host, stageLimit(options.limits))
      : ready;
    const ms = Math.round(performance.now() - begun);
    ready = null;
    handshakes.push(record(tried, offer, ms));
    if (tried.ok) certificate ??= tried.value.certificate;
  }
  if (ready?.ok) ready.value.destroy();
  return { handshakes, certificate };
}

function record(tried: TlsHandshakeResult, { min }: TlsOffer, ms: number): Handshake {
  if (tried.ok) return { version: tried.value.version, result: "completed", suite: tried.value.suite, ms };
  if ("notOfferedHere" in tried) return { version: min, result: "not-offered-here", error: tried.notOfferedHere };
  return { version: min, result: "failed", failure: tried.failure, ms };
}

/** TLS 1.1 and 1.0 are tried only to explain why newer versions failed. */
function isEnough({ max }: TlsOffer, handshakes: readonly Handshake[]): boolean {
  const explained = handshakes.some(
    (handshake) =>
      handshake.result === "completed" || (handshake.result === "failed" && handshake.failure.reason === "timeout"),
  );
  return explained && (max === "TLSv1.1" || max === "TLSv1");
}

/** Opens a new connection on which the server chooses the same protocol. */
async function agreeAgain(options: TranscriptOptions, agreed: Agreed): Promise<StageResult<Socket>> {
  const { socket, answer } = await requestProtocols(options, agreed.requested);
  if (socket && answer.kind === "chosen" && answer.protocol === agreed.protocol) return ok(socket);
  socket?.destroy();
  if (answer.kind === "broken") return { ok: false, failure: answer.failure };
  return failedStage("declined", "the server did not agree a second time to what it had chosen");
}
