import { z } from "zod";
import { failureNames, protocols, serverFlags } from "./x224.ts";

/*
 * The observations of a probe: plain data without conclusions. Names and texts of a server are limited in length and
 * otherwise unchanged; code that prints them must remove control characters.
 */

const text = z.string().max(512);
const ms = z.number().int().nonnegative();
const port = z.number().int().min(1).max(65535);

/** The server: a name or an address, IPv6 without brackets. */
export const Target = z.strictObject({ host: z.string().min(1).max(255), port });
export type Target = z.infer<typeof Target>;

/** The proxy. It resolves the target's name and gets no credentials. */
export const ProxyServer = z.strictObject({ kind: z.enum(["http", "socks5"]), host: z.string().min(1).max(255), port });
export type ProxyServer = z.infer<typeof ProxyServer>;

export const probeStages = ["resolve", "proxy", "connect", "negotiate", "tls"] as const;

export const failureReasons = [
  /** The name has no address. */
  "no-address",
  /** The resolver failed. */
  "lookup-failed",
  "timeout",
  "refused",
  "unreachable",
  /** A TCP reset. */
  "reset",
  /** The connection was closed before the stage was complete. */
  "closed",
  /** An X.224 or MCS packet ended the connection. */
  "disconnected",
  "malformed",
  /** The server sent a failure code. */
  "declined",
  /** The server sent a TLS alert. */
  "alert",
  /** The TLS library of this process rejected the data. */
  "rejected",
  /** The proxy refused or failed. */
  "proxy-denied",
  /** The caller aborted. */
  "stopped",
  "other",
] as const;

export const Failure = z.strictObject({ reason: z.enum(failureReasons), error: text });
export type Failure = z.infer<typeof Failure>;

export const Resolution = z.discriminatedUnion("result", [
  /** The target is an address. */
  z.strictObject({ result: z.literal("address") }),
  z.strictObject({ result: z.literal("left-to-proxy") }),
  z.strictObject({ result: z.literal("resolved"), addresses: z.array(text).min(1).max(16), ms }),
  z.strictObject({ result: z.literal("failed"), ms, failure: Failure }),
]);
export type Resolution = z.infer<typeof Resolution>;

/** One attempt to open a TCP connection; `failure` is `null` when it succeeded. */
export const Connection = z.strictObject({
  address: text,
  ms,
  failure: Failure.extend({ stage: z.enum(["proxy", "connect"]) }).nullable(),
});
export type Connection = z.infer<typeof Connection>;

export const Answer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("chosen"),
    protocol: z.enum(protocols),
    flags: z.array(z.enum(serverFlags)),
    /** False when the server omitted the negotiation, which means RDP's own security. */
    negotiated: z.boolean(),
  }),
  /** `name` is `null` for a code that MS-RDPBCGR does not have. */
  z.strictObject({ kind: z.literal("declined"), code: z.number().int(), name: z.enum(failureNames).nullable() }),
  z.strictObject({ kind: z.literal("broken"), failure: Failure }),
]);
export type Answer = z.infer<typeof Answer>;

export const Negotiation = z.strictObject({ requested: z.array(z.enum(protocols)), ms, answer: Answer });
export type Negotiation = z.infer<typeof Negotiation>;

export const tlsVersions = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"] as const;
export type TlsVersion = (typeof tlsVersions)[number];

const version = z.enum(tlsVersions);
export const Handshake = z.discriminatedUnion("result", [
  z.strictObject({ version, result: z.literal("completed"), suite: text, ms }),
  z.strictObject({ version, result: z.literal("failed"), failure: Failure, ms }),
  /** The TLS library of this process cannot speak this version. */
  z.strictObject({ version, result: z.literal("not-offered-here"), error: text }),
]);
export type Handshake = z.infer<typeof Handshake>;

const thumbprint = (digits: number) => z.string().regex(new RegExp(`^[0-9A-F]{${digits}}$`));

export const PeerCertificate = z.strictObject({
  subject: text,
  issuer: text,
  /** DNS names and addresses of the subjectAltName. */
  names: z.array(text).max(64),
  /** Whether it is for the requested host, by its names or, without any, by its common name. */
  forHost: z.boolean(),
  selfSigned: z.boolean(),
  /** `null`: a date that cannot be read. */
  notBefore: z.iso.datetime().nullable(),
  notAfter: z.iso.datetime().nullable(),
  /** Type in the words of Node.js (`rsa`, `ec`, ...) and bits; `null` when unknown. */
  key: z.strictObject({ type: text, bits: z.number().int().positive().nullable() }),
  sha1: thumbprint(40),
  sha256: thumbprint(64),
});
export type PeerCertificate = z.infer<typeof PeerCertificate>;

/** The answer to one SYN of RDP's UDP transport, on the port of the listener. */
export const UdpResult = z.discriminatedUnion("result", [
  /** A SYN+ACK: the server speaks RDP over UDP, and datagrams get through both ways. */
  z.strictObject({ result: z.literal("answered"), ms }),
  z.strictObject({ result: z.literal("other-answer"), ms }),
  /** The host, or something in its place, says that nothing listens. */
  z.strictObject({ result: z.literal("port-unreachable"), ms }),
  z.strictObject({ result: z.literal("silent"), ms }),
  z.strictObject({ result: z.literal("failed"), failure: Failure }),
  z.strictObject({ result: z.literal("not-tried"), because: text }),
]);
export type UdpResult = z.infer<typeof UdpResult>;

export const ProbeOutcome = z.discriminatedUnion("result", [
  z.strictObject({ result: z.literal("completed") }),
  /** The server chose RDP's own security, so there was no TLS handshake. */
  z.strictObject({ result: z.literal("rdp-security") }),
  Failure.extend({ result: z.literal("failed"), stage: z.enum(probeStages) }),
]);
export type ProbeOutcome = z.infer<typeof ProbeOutcome>;

/** How every probe begins: whom it asked, when, and how it got a connection. */
export const connectionFields = {
  target: Target,
  proxy: ProxyServer.nullable(),
  startedAt: z.iso.datetime(),
  ms,
  resolution: Resolution,
  connections: z.array(Connection).max(16),
};

export const ProbeReport = z.strictObject({
  ...connectionFields,
  /** In the order of the requests. */
  negotiations: z.array(Negotiation).max(8),
  /** The newest version first; the two oldest only if the two newest failed. */
  handshakes: z.array(Handshake).max(tlsVersions.length),
  certificate: PeerCertificate.nullable(),
  /** Network Level Authentication: whether the server offers CredSSP, and whether it requires it. */
  credSsp: z.enum(["required", "offered", "not-offered", "unknown"]),
  /** Never decides the outcome: a session needs TCP alone. */
  udp: UdpResult,
  outcome: ProbeOutcome,
});
export type ProbeReport = z.infer<typeof ProbeReport>;
