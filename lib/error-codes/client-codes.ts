import type { CodeRow } from "./code-row.ts";
import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

type Row = readonly [code: number, name: string, means: string, topic: TopicId];

const named: readonly Row[] = [
  [0x0, "disconnectReasonNoInfo", "no information", "no-information"],
  [0x1, "disconnectReasonLocalNotError", "the client ended the connection; no error", "ended-on-purpose"],
  [0x2, "disconnectReasonRemoteByUser", "the user ended the connection; no error", "ended-on-purpose"],
  [0x3, "disconnectReasonByServer", "the server ended the connection; no error by itself", "ended-by-server"],
  [0x104, "disconnectReasonDNSLookupFailed", "the DNS lookup of the name failed", "name"],
  [0x106, "disconnectReasonOutOfMemory", "the client has no memory left", "client-resources"],
  [0x108, "disconnectReasonConnectionTimedOut", "the connection timed out", "timeout"],
  [0x204, "disconnectReasonSocketConnectFailed", "the TCP connection failed", "no-connection"],
  [0x206, "disconnectReasonOutOfMemory2", "the client has no memory left", "client-resources"],
  [0x208, "disconnectReasonHostNotFound", "the host was not found", "name"],
  [0x304, "disconnectReasonWinsockSendFailed", "sending on the socket failed", "connection-lost"],
  [0x306, "disconnectReasonOutOfMemory3", "the client has no memory left", "client-resources"],
  [0x308, "disconnectReasonInvalidIPAddr", "the IP address is not valid", "name"],
  [0x404, "disconnectReasonSocketRecvFailed", "receiving on the socket failed", "connection-lost"],
  [0x406, "disconnectReasonInvalidSecurityData", "the security data are not valid", "rdp-security"],
  [0x408, "disconnectReasonInternalError", "internal error of the client", "internal"],
  [0x506, "disconnectReasonInvalidEncryption", "the encryption method is not valid", "rdp-security"],
  [0x508, "disconnectReasonDNSLookupFailed2", "the DNS lookup failed", "name"],
  [0x604, "disconnectReasonGetHostByNameFailed", "the name could not be resolved", "name"],
  [0x606, "disconnectReasonInvalidServerSecurityInfo", "the security data of the server are not valid", "rdp-security"],
  [0x608, "disconnectReasonTimerError", "internal timer error of the client", "internal"],
  [0x704, "disconnectReasonTimeoutOccurred", "a time-out occurred", "timeout"],
  [
    0x706,
    "disconnectReasonServerCertificateUnpackErr",
    "the certificate of the server could not be read",
    "rdp-security",
  ],
  [0x804, "disconnectReasonInvalidIP", "a wrong IP address was given", "name"],
  [0x807, "SSL_ERR_LOGON_FAILURE", "the log-on failed", "password"],
  [0x808, "disconnectReasonLicensingFailed", "the licence negotiation failed", "licence"],
  [0x904, "disconnectReasonAtClientWinsockFDCLOSE", "the socket was closed", "connection-lost"],
  [0x906, "disconnectReasonInternalSecurityError", "internal security error", "rdp-security"],
  [0x908, "disconnectReasonLicensingTimeout", "the licence negotiation timed out", "licence"],
  [0xa06, "disconnectReasonInternalSecurityError2", "internal security error", "rdp-security"],
  [0xa07, "SSL_ERR_NO_SUCH_USER", "the user has no account", "user-name"],
  [0xb06, "disconnectReasonEncryptionError", "encryption failed", "rdp-security"],
  [0xb07, "SSL_ERR_ACCOUNT_DISABLED", "the account is disabled", "account-state"],
  [0xc06, "disconnectReasonDecryptionError", "decryption failed", "rdp-security"],
  [0xc07, "SSL_ERR_ACCOUNT_RESTRICTION", "a restriction of the account prevents the log-on", "account-state"],
  [0xc08, "disconnectReasonClientDecompressionError", "decompression failed in the client", "protocol"],
  [0xd07, "SSL_ERR_ACCOUNT_LOCKED_OUT", "the account is locked out", "account-locked"],
  [0xe07, "SSL_ERR_ACCOUNT_EXPIRED", "the account has expired", "account-state"],
  [0xf07, "SSL_ERR_PASSWORD_EXPIRED", "the password has expired", "password-change"],
  [0x1207, "SSL_ERR_PASSWORD_MUST_CHANGE", "the password must be changed before the first log-on", "password-change"],
  [0x1607, "SSL_ERR_DELEGATION_POLICY", "the client's policy forbids the delegation of credentials", "delegation"],
  [0x1707, "SSL_ERR_POLICY_NTLM_ONLY", "the client's policy delegates credentials only with Kerberos", "delegation"],
  [
    0x1807,
    "SSL_ERR_NO_AUTHENTICATING_AUTHORITY",
    "no authority could be reached that authenticates the account",
    "no-authority",
  ],
  [0x1b07, "SSL_ERR_CERT_EXPIRED", "the certificate of the server has expired or is not valid", "certificate"],
  [0x1c07, "SSL_ERR_SMARTCARD_WRONG_PIN", "the PIN of the smart card is wrong", "smart-card"],
  [
    0x2107,
    "SSL_ERR_FRESH_CRED_REQUIRED_BY_SERVER",
    "the server does not accept saved credentials",
    "saved-credentials",
  ],
  [0x2207, "SSL_ERR_SMARTCARD_CARD_BLOCKED", "the smart card is blocked", "smart-card"],
];

/** Codes without a published name; their meaning is that of the sentence that the client shows. */
const described: readonly (readonly [code: number, means: string, topic: TopicId])[] = [
  [0x10a, "the smart card service does not run on the client", "smart-card"],
  [0x20a, "the client finds no smart card reader", "smart-card"],
  [0x30a, "no card is in the smart card reader", "smart-card"],
  [0x40a, "error of the smart card subsystem of the client", "smart-card"],
  [0x708, "the client already has a session on the console of this computer", "loopback"],
  [0x907, "the server presented another certificate than expected", "certificate"],
  [0xb04, "an error prevented the connection", "connection-lost"],
  [0xb09, "the server requires NLA, and the client does not offer it", "nla-client"],
  [0xd09, "the client's policy requires its own credential window, which the server does not support", "nla-client"],
  [0xe06, "the server requires FIPS encryption, which the client does not support", "fips"],
  [0xe08, "the client could not reconnect to the session", "connection-lost"],
  [0xe09, "the server does not support Restricted Admin mode", "restricted-admin"],
  [0xf08, "the client may not send credentials to this server", "delegation"],
  [0x1007, "the account may not log on at this time of day", "account-state"],
  [0x1008, "the client has too little video memory", "client-resources"],
  [0x1107, "the account may not log on from this computer", "account-state"],
  [0x1307, "the account lacks the right for this type of log-on", "log-on-right"],
  [0x1407, "Kerberos User2User is required", "no-authority"],
  [0x1d07, "the clocks of the client and of the server differ", "clock"],
  [0x2604, "the client is too old for this server", "client-version"],
];

const reported: readonly (readonly [code: number, means: string, topic: TopicId, source: CodeSourceId])[] = [
  [0x4, "the session ended because of an error that the client does not name", "ended-by-server", "code4Report"],
  [0x207, "a client without CredSSP was turned away by a server that requires NLA", "nla-client", "nla519Report"],
  [0x607, "an authentication error that the client does not name further", "authentication-error", "code607Report"],
  [0x516, "the connection was lost while it was being made", "connection-lost", "code516Report"],
  [0x2104, "the client did not accept the certificate of the server", "certificate", "code2104Report"],
];

/** Codes that the client shows as "Error code": the disconnect reasons. */
export const clientCodes: readonly CodeRow[] = [
  ...named.map(([code, name, means, topic]): CodeRow => {
    return { code, names: [name], means, topic, source: "onDisconnected" };
  }),
  ...described.map(([code, means, topic]): CodeRow => ({ code, names: [], means, topic, source: "disconnectCodes" })),
  ...reported.map(([code, means, topic, source]): CodeRow => ({ code, names: [], means, topic, source })),
].sort((one, other) => one.code - other.code);
