import type { PeerCertificate, ProbeOutcome, ProbeReport } from "../../lib/rdp/report.ts";

export const goodCertificate: PeerCertificate = {
  subject: "CN=vm-app-01",
  issuer: "CN=vm-app-01",
  names: [],
  forHost: true,
  selfSigned: true,
  notBefore: "2026-01-01T00:00:00.000Z",
  notAfter: "2026-07-01T00:00:00.000Z",
  key: { type: "rsa", bits: 2048 },
  sha1: "AB".repeat(20),
  sha256: "CD".repeat(32),
};

/** What a probe of a healthy Windows with NLA sees, and what is changed of it. */
export function reportOf(changed: Partial<ProbeReport> = {}): ProbeReport {
  return {
    target: { host: "vm-app-01", port: 3389 },
    proxy: null,
    startedAt: "2026-03-01T00:00:00.000Z",
    ms: 90,
    resolution: { result: "resolved", addresses: ["10.0.0.4"], ms: 2 },
    connections: [{ address: "10.0.0.4", ms: 3, failure: null }],
    negotiations: [
      {
        requested: ["PROTOCOL_SSL", "PROTOCOL_HYBRID", "PROTOCOL_HYBRID_EX", "PROTOCOL_RDSTLS"],
        ms: 4,
        answer: { kind: "chosen", protocol: "PROTOCOL_HYBRID_EX", flags: [], negotiated: true },
      },
    ],
    handshakes: [
      { version: "TLSv1.3", result: "completed", suite: "TLS_AES_256_GCM_SHA384", ms: 8 },
      { version: "TLSv1.2", result: "completed", suite: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ms: 8 },
    ],
    certificate: goodCertificate,
    credSsp: "required",
    udp: { result: "answered", ms: 5 },
    outcome: { result: "completed" },
    ...changed,
  };
}

export function failedAt(
  stage: Extract<ProbeOutcome, { result: "failed" }>["stage"],
  reason: Extract<ProbeOutcome, { result: "failed" }>["reason"],
  error = "as the test wants",
): ProbeReport {
  return reportOf({ outcome: { result: "failed", stage, reason, error }, handshakes: [], certificate: null });
}
