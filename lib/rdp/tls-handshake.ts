import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { type TlsVersion, tlsVersions } from "./report.ts";
import { failedStage, ok, type StageResult, socketFailure, waitForEvents } from "./stage-result.ts";

/** The versions that a hello offers. */
export interface TlsOffer {
  readonly min: TlsVersion;
  readonly max: TlsVersion;
}

export interface TlsSession {
  readonly version: TlsVersion;
  /** The IANA name of the cipher suite. */
  readonly suite: string;
  readonly certificate: X509Certificate | null;
}

/** `notOfferedHere`: why the TLS library of this process cannot offer these versions. */
export type TlsHandshakeResult = StageResult<TlsSession> | { readonly ok: false; readonly notOfferedHere: string };

/**
 * One TLS handshake on a connection whose negotiation has chosen TLS. The certificate is read
 * and not verified. Nothing is sent after the handshake, and the connection is closed.
 */
export async function attemptTlsHandshake(
  socket: Socket,
  offer: TlsOffer,
  host: string,
  limit: AbortSignal,
): Promise<TlsHandshakeResult> {
  let notOfferedHere: string | null = null;
  const tls = begin(socket, offer, host);
  const shaken = await waitForEvents<TlsSession>(tls, limit, {
    secureConnect: () =>
      ok({
        version: tlsVersions.find((known) => known === tls.getProtocol()) ?? offer.min,
        suite: tls.getCipher().standardName,
        certificate: tls.getPeerX509Certificate() ?? null,
      }),
    // An error follows that says more.
    end: () => undefined,
    error: (error: OpenSslError) => {
      if (localCodes.includes(error.code ?? "")) notOfferedHere = error.reason ?? error.message;
      return readError(error);
    },
  });
  tls.on("error", () => {});
  tls.destroy();
  socket.destroy();
  return notOfferedHere === null ? shaken : { ok: false, notOfferedHere };
}

function begin(socket: Socket, { min, max }: TlsOffer, host: string): TLSSocket {
  // The server name must not be an address and must not end with a dot (RFC 6066, 3).
  const servername = isIP(host) ? {} : { servername: host.replace(/\.$/, "") };
  return connect({
    socket,
    ...servername,
    minVersion: min,
    maxVersion: max,
    ...suites(max),
    rejectUnauthorized: false,
  });
}

/**
 * OpenSSL 3 allows TLS before 1.2 only at security level 0, because of weak hashes. The level is lowered for this one
 * connection, over which nothing is sent.
 */
function suites(max: TlsVersion): { ciphers?: string } {
  return max === "TLSv1.1" || max === "TLSv1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {};
}

type OpenSslError = NodeJS.ErrnoException & { readonly reason?: string };

/** Errors of a TLS library without the version, before it sends a ClientHello. */
const localCodes: readonly string[] = ["ERR_SSL_NO_PROTOCOLS_AVAILABLE", "ERR_SSL_NO_CIPHERS_AVAILABLE"];

function readError(error: OpenSslError): StageResult<never> {
  const { code = "", reason, syscall } = error;
  // Node.js reports an orderly close this way.
  if (code === "ECONNRESET" && syscall === undefined) return failedStage("closed", "closed during the TLS handshake");
  if (!code.startsWith("ERR_SSL_")) return socketFailure(error);
  const told = reason ?? code;
  return code.includes("_ALERT_") ? failedStage("alert", told) : failedStage("rejected", told);
}
