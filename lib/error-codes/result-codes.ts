import type { CodeRow } from "./code-row.ts";
import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

type Row = readonly [code: number, name: string, means: string, topic: TopicId, source: CodeSourceId];

const rows: readonly Row[] = [
  [0x80004005, "E_FAIL", "unspecified error", "handshake-client", "genericResults"],
  [0x8000ffff, "E_UNEXPECTED", "unexpected failure", "handshake-client", "genericResults"],
  [0x80070005, "E_ACCESSDENIED", "access denied", "log-on-right", "genericResults"],
  [
    0x80080005,
    "CO_E_SERVER_EXEC_FAILURE",
    "a component of the client did not start",
    "client-version",
    "activationReport",
  ],
  [0x80090302, "SEC_E_UNSUPPORTED_FUNCTION", "the function is not supported", "credssp-update", "sspiResults"],
  [0x80090303, "SEC_E_TARGET_UNKNOWN", "the target is unknown or cannot be reached", "no-authority", "sspiResults"],
  [
    0x80090304,
    "SEC_E_INTERNAL_ERROR",
    "the Local Security Authority could not be contacted",
    "no-authority",
    "sspiResults",
  ],
  [0x80090308, "SEC_E_INVALID_TOKEN", "the token is not valid", "handshake-client", "sspiResults"],
  [0x8009030c, "SEC_E_LOGON_DENIED", "the log-on was denied", "password", "sspiResults"],
  [
    0x8009030d,
    "SEC_E_UNKNOWN_CREDENTIALS",
    "the credentials were not recognized; at a server, the key of its certificate cannot be used",
    "key",
    "sspiResults",
  ],
  [0x8009030e, "SEC_E_NO_CREDENTIALS", "no credentials are available", "delegation", "sspiResults"],
  [0x80090311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", "no authority could be contacted", "no-authority", "sspiResults"],
  [
    0x80090322,
    "SEC_E_WRONG_PRINCIPAL",
    "the target has another name than the client asked for",
    "server-name",
    "sspiResults",
  ],
  [0x80090324, "SEC_E_TIME_SKEW", "the clocks differ too much", "clock", "sspiResults"],
  [0x80090325, "SEC_E_UNTRUSTED_ROOT", "the certificate's authority is not trusted", "certificate", "sspiResults"],
  [0x80090326, "SEC_E_ILLEGAL_MESSAGE", "an unexpected or wrong message came", "handshake-client", "sspiResults"],
  [0x80090327, "SEC_E_CERT_UNKNOWN", "the certificate could not be processed", "certificate", "sspiResults"],
  [0x80090328, "SEC_E_CERT_EXPIRED", "the certificate has expired", "certificate", "sspiResults"],
  [
    0x80090331,
    "SEC_E_ALGORITHM_MISMATCH",
    "client and server have no algorithm in common",
    "tls-mismatch",
    "sspiResults",
  ],
  [
    0x80090342,
    "SEC_E_KDC_UNKNOWN_ETYPE",
    "the domain controller does not support the encryption type",
    "no-authority",
    "sspiResults",
  ],
  [0x80090346, "SEC_E_BAD_BINDINGS", "the channel bindings are wrong", "channel-bindings", "sspiResults"],
  [
    0x80090363,
    "SEC_E_DELEGATION_POLICY",
    "the policy forbids the delegation of credentials",
    "delegation",
    "sspiResults",
  ],
  [
    0x80090364,
    "SEC_E_POLICY_NLTM_ONLY",
    "the policy delegates credentials only with Kerberos",
    "delegation",
    "sspiResults",
  ],
  [0xc000005e, "STATUS_NO_LOGON_SERVERS", "no log-on server is available", "no-authority", "statusValues"],
  [0xc0000064, "STATUS_NO_SUCH_USER", "the account does not exist", "user-name", "statusValues"],
  [0xc000006a, "STATUS_WRONG_PASSWORD", "the password is wrong", "password", "statusValues"],
  [0xc000006d, "STATUS_LOGON_FAILURE", "the user name or the password is wrong", "password", "statusValues"],
  [
    0xc000006e,
    "STATUS_ACCOUNT_RESTRICTION",
    "a restriction of the account prevents the log-on",
    "account-state",
    "statusValues",
  ],
  [0xc0000071, "STATUS_PASSWORD_EXPIRED", "the password has expired", "password-change", "statusValues"],
  [0xc0000072, "STATUS_ACCOUNT_DISABLED", "the account is disabled", "account-state", "statusValues"],
  [
    0xc0000133,
    "STATUS_TIME_DIFFERENCE_AT_DC",
    "the clocks of the VM and of the domain controller differ",
    "clock",
    "statusValues",
  ],
  [
    0xc000015b,
    "STATUS_LOGON_TYPE_NOT_GRANTED",
    "the account lacks the right for this type of log-on",
    "log-on-right",
    "statusValues",
  ],
  [
    0xc000018d,
    "STATUS_TRUSTED_RELATIONSHIP_FAILURE",
    "the trust between the VM and its domain is broken",
    "no-authority",
    "statusValues",
  ],
  [0xc0000224, "STATUS_PASSWORD_MUST_CHANGE", "the password must be changed", "password-change", "statusValues"],
  [0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", "the account is locked out", "account-locked", "statusValues"],
  [0xc000035b, "STATUS_BAD_BINDINGS", "the channel bindings are wrong", "channel-bindings", "statusValues"],
];

/** HRESULT and NTSTATUS values of dialogs and of the client's events: all from 0x80000000 on. */
export const resultCodes: readonly CodeRow[] = rows.map(([code, name, means, topic, source]) => {
  return { code, names: [name], means, topic, source };
});
