import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { negotiate } from "./negotiate.ts";
import { type Answer, type Handshake, type Negotiation, tlsVersions } from "./report.ts";
import { type HandshakeTried, type Offer, shakeHands } from "./tls.ts";
import { done, failed, type Limits, stageLimit, type Tried } from "./tried.ts";
import type { Protocol } from "./x224.ts";

/** What was said over the connections of one line. */
export interface Talk {
  readonly negotiations: readonly Negotiation[];
  readonly handshakes: readonly Handshake[];
  readonly certificate: X509Certificate | null;
}

/** `proof`: as little as shows that a handshake completes, with the one hello that a client of today sends. */
export type Depth = "everything" | "proof";

export interface TalkOptions {
  readonly open: () => Promise<Tried<Socket>>;
  /** Stands in the TLS hello. */
  readonly host: string;
  readonly depth: Depth;
  readonly limits: Limits;
}

const withCredSsp: readonly Protocol[] = ["PROTOCOL_SSL", "PROTOCOL_HYBRID", "PROTOCOL_HYBRID_EX"];
const tlsAlone: readonly Protocol[] = ["PROTOCOL_SSL"];
const rdpAlone: readonly Protocol[] = ["PROTOCOL_RDP"];

/** All at once first. Some servers hang up on RDSTLS (xrdp 0.9 does) or are as picky otherwise: then for less and less. */
const requests: readonly (readonly Protocol[])[] = [
  [...withCredSsp, "PROTOCOL_RDSTLS"],
  withCredSsp,
  tlsAlone,
  rdpAlone,
];

/** Which narrower requests tell more, once a protocol was chosen. */
const telling: Record<Protocol, readonly (readonly Protocol[])[]> = {
  PROTOCOL_RDP: [],
  PROTOCOL_SSL: [rdpAlone],
  PROTOCOL_HYBRID: [tlsAlone, rdpAlone],
  PROTOCOL_HYBRID_EX: [tlsAlone, rdpAlone],
  PROTOCOL_RDSTLS: [withCredSsp, tlsAlone, rdpAlone],
};

/** Finds out what the server agrees to, whether TLS completes, and what else it would agree to. */
export async function talk(options: TalkOptions): Promise<Talk> {
  const negotiations: Negotiation[] = [];
  const agreed = await agree(options, negotiations);
  if (!agreed) return { negotiations, handshakes: [], certificate: null };
  const tls = agreed.protocol === "PROTOCOL_RDP" ? withoutTls(agreed) : await tryVersions(options, agreed);
  if (options.depth === "everything") {
    for (const requested of telling[agreed.protocol]) {
      if (negotiations.some((earlier) => isSame(earlier.requested, requested)) || options.limits.whole.aborted)
        continue;
      const { socket, ...negotiation } = await ask(options, requested);
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
  /** The connection on which it was agreed. */
  readonly socket: Socket;
}

async function agree(options: TalkOptions, negotiations: Negotiation[]): Promise<Agreed | null> {
  for (const requested of requests) {
    const { socket, ...negotiation } = await ask(options, requested);
    negotiations.push(negotiation);
    const { answer } = negotiation;
    if (socket && answer.kind === "chosen") return { requested, protocol: answer.protocol, socket };
    socket?.destroy();
    if (isSilent(answer)) return null;
  }
  return null;
}

/** Who does not answer one request will not answer the next, and the time is limited. */
function isSilent(answer: Answer): boolean {
  return answer.kind === "broken" && (answer.failure.reason === "timeout" || answer.failure.reason === "stopped");
}

async function ask(
  { open, limits }: TalkOptions,
  requested: readonly Protocol[],
): Promise<Negotiation & { readonly socket: Socket | null }> {
  const opened = await open();
  const begun = performance.now();
  const answer: Answer = opened.done
    ? await negotiate(opened.value, requested, stageLimit(limits))
    : { kind: "broken", failure: opened.failure };
  const ms = Math.round(performance.now() - begun);
  return { requested: [...requested], ms, answer, socket: opened.done ? opened.value : null };
}

function withoutTls({ socket }: Agreed): Pick<Talk, "handshakes" | "certificate"> {
  socket.destroy();
  return { handshakes: [], certificate: null };
}

/** One handshake per version tells which there are; a server without a version may log the attempt as an error. */
const offers: Record<Depth, readonly Offer[]> = {
  everything: tlsVersions.map((version) => ({ min: version, max: version })),
  proof: [{ min: "TLSv1.2", max: "TLSv1.3" }],
};

async function tryVersions(options: TalkOptions, agreed: Agreed): Promise<Pick<Talk, "handshakes" | "certificate">> {
  const handshakes: Handshake[] = [];
  let certificate: X509Certificate | null = null;
  let ready: Tried<Socket> | null = done(agreed.socket);
  for (const offer of offers[options.depth]) {
    if (isEnough(offer, handshakes) || options.limits.whole.aborted) break;
    ready ??= await agreeAgain(options, agreed);
    const begun = performance.now();
    const tried = ready.done ? await shakeHands(ready.value, offer, options.host, stageLimit(options.limits)) : ready;
    const ms = Math.round(performance.now() - begun);
    ready = null;
    handshakes.push(record(tried, offer, ms));
    if (tried.done) certificate ??= tried.value.certificate;
  }
  if (ready?.done) ready.value.destroy();
  return { handshakes, certificate };
}

function record(tried: HandshakeTried, { min }: Offer, ms: number): Handshake {
  if (tried.done) return { version: tried.value.version, result: "completed", suite: tried.value.suite, ms };
  if ("notOfferedHere" in tried) return { version: min, result: "not-offered-here", error: tried.notOfferedHere };
  return { version: min, result: "failed", failure: tried.failure, ms };
}

/** TLS 1.1 and 1.0 are asked for only to explain an answer to something newer that was none. */
function isEnough({ max }: Offer, handshakes: readonly Handshake[]): boolean {
  const explained = handshakes.some(
    (handshake) =>
      handshake.result === "completed" || (handshake.result === "failed" && handshake.failure.reason === "timeout"),
  );
  return explained && (max === "TLSv1.1" || max === "TLSv1");
}

/** A new connection on which the server has chosen as before. */
async function agreeAgain(options: TalkOptions, agreed: Agreed): Promise<Tried<Socket>> {
  const { socket, answer } = await ask(options, agreed.requested);
  if (socket && answer.kind === "chosen" && answer.protocol === agreed.protocol) return done(socket);
  socket?.destroy();
  if (answer.kind === "broken") return { done: false, failure: answer.failure };
  return failed("declined", "the server did not agree a second time to what it had chosen");
}
