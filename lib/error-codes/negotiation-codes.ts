import type { CodeRow } from "./code-row.ts";

/** Why a server refuses every security protocol that the client offers. Logs and other clients show the names. */
export const negotiationCodes: readonly CodeRow[] = (
  [
    [1, "SSL_REQUIRED_BY_SERVER", "the server requires TLS, and the client did not offer it", "client-security"],
    [2, "SSL_NOT_ALLOWED_BY_SERVER", "the server takes RDP's own security alone", "security-layer"],
    [3, "SSL_CERT_NOT_ON_SERVER", "the server has no certificate for TLS", "key"],
    [4, "INCONSISTENT_FLAGS", "the flags of the client's request contradict each other", "client-version"],
    [5, "HYBRID_REQUIRED_BY_SERVER", "the server requires NLA, and the client does not offer it", "nla-client"],
    [
      6,
      "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
      "the server requires TLS with a certificate of the client",
      "client-security",
    ],
  ] as const
).map(([code, name, means, topic]) => ({ code, names: [name], means, topic, source: "negotiationFailure" }));
