import type { CodeRow } from "./code-row.ts";
import type { TopicId } from "./topics.ts";

const rows: readonly (readonly [type: number, name: string, means: string, topic: TopicId])[] = [
  [0x01, "ERRCONNECT_PRE_CONNECT_FAILED", "the client failed before it connected", "client-version"],
  [0x02, "ERRCONNECT_CONNECT_UNDEFINED", "the client names no reason", "internal"],
  [0x03, "ERRCONNECT_POST_CONNECT_FAILED", "the client failed after it had connected", "client-version"],
  [0x04, "ERRCONNECT_DNS_ERROR", "the DNS lookup failed", "name"],
  [0x05, "ERRCONNECT_DNS_NAME_NOT_FOUND", "the name was not found", "name"],
  [0x06, "ERRCONNECT_CONNECT_FAILED", "the TCP connection failed", "no-connection"],
  [0x07, "ERRCONNECT_MCS_CONNECT_INITIAL_ERROR", "the server did not accept the first message of RDP", "protocol"],
  [0x08, "ERRCONNECT_TLS_CONNECT_FAILED", "the TLS handshake failed", "handshake-client"],
  [0x09, "ERRCONNECT_AUTHENTICATION_FAILED", "the authentication failed", "password"],
  [0x0a, "ERRCONNECT_INSUFFICIENT_PRIVILEGES", "the account lacks the rights for the connection", "log-on-right"],
  [0x0b, "ERRCONNECT_CONNECT_CANCELLED", "the connection was cancelled", "ended-on-purpose"],
  [0x0c, "ERRCONNECT_SECURITY_NEGO_CONNECT_FAILED", "client and server agreed on no security protocol", "nla-client"],
  [
    0x0d,
    "ERRCONNECT_CONNECT_TRANSPORT_FAILED",
    "the connection was lost while it was being made",
    "closed-before-session",
  ],
  [0x0e, "ERRCONNECT_PASSWORD_EXPIRED", "the password has expired", "password-change"],
  [0x0f, "ERRCONNECT_PASSWORD_CERTAINLY_EXPIRED", "the password has expired, without a domain", "password-change"],
  [0x10, "ERRCONNECT_CLIENT_REVOKED", "the credentials of the client were revoked", "account-state"],
  [0x11, "ERRCONNECT_KDC_UNREACHABLE", "no domain controller was reached", "no-authority"],
  [0x12, "ERRCONNECT_ACCOUNT_DISABLED", "the account is disabled", "account-state"],
  [0x13, "ERRCONNECT_PASSWORD_MUST_CHANGE", "the password must be changed", "password-change"],
  [0x14, "ERRCONNECT_LOGON_FAILURE", "the log-on failed", "password"],
  [0x15, "ERRCONNECT_WRONG_PASSWORD", "the password is wrong", "password"],
  [0x16, "ERRCONNECT_ACCESS_DENIED", "access was denied", "log-on-right"],
  [0x17, "ERRCONNECT_ACCOUNT_RESTRICTION", "a restriction of the account prevents the log-on", "account-state"],
  [0x18, "ERRCONNECT_ACCOUNT_LOCKED_OUT", "the account is locked out", "account-locked"],
  [0x19, "ERRCONNECT_ACCOUNT_EXPIRED", "the account has expired", "account-state"],
  [0x1a, "ERRCONNECT_LOGON_TYPE_NOT_GRANTED", "the account lacks the right for this type of log-on", "log-on-type"],
  [0x1b, "ERRCONNECT_NO_OR_MISSING_CREDENTIALS", "credentials are missing", "delegation"],
  [0x1c, "ERRCONNECT_ACTIVATION_TIMEOUT", "the session did not become active in time", "services-busy"],
  [0x1d, "ERRCONNECT_TARGET_BOOTING", "the target is starting", "restarting"],
];

/** The class of connection errors, in the upper 16 bits of the number that FreeRDP logs: 0x00020006. */
const connectClass = 0x20000;

/** The errors that FreeRDP (xfreerdp, Remmina, KRDC) gives for a connection that did not come about. */
export const freeRdpCodes: readonly CodeRow[] = rows.map(([type, name, means, topic]): CodeRow => {
  return { code: connectClass | type, names: [name], means, topic, source: "freeRdp" };
});
