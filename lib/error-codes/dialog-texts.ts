import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

/**
 * Sentences of the client's dialogs, each by some of its words in their order. The words are few, because scanned text
 * has mistakes, and in small letters.
 */
export interface DialogText {
  readonly words: string;
  readonly says: string;
  readonly topic: TopicId;
  readonly source: CodeSourceId;
}

export const dialogTexts: readonly DialogText[] = [
  text("internal error has occurred", "an internal error", "internal", "internalError"),
  text(
    "credssp encryption oracle remediation",
    "CredSSP encryption oracle remediation",
    "credssp-update",
    "credSspUpdate",
  ),
  text(
    "function requested is not supported",
    "the requested function is not supported",
    "credssp-update",
    "credSspUpdate",
  ),
  text(
    "local security authority cannot be contacted",
    "the Local Security Authority cannot be contacted",
    "no-authority",
    "authenticationErrors",
  ),
  text("requires network level authentication", "the server requires NLA", "nla-client", "nla2825Report"),
  text(
    "cannot reach the domain controller",
    "the domain controller cannot be reached for NLA",
    "no-authority",
    "authenticationErrors",
  ),
  text(
    "remote access to the server is not enabled",
    "no connection, for one of three reasons",
    "no-connection",
    "disconnectCodes",
  ),
  text("find the computer", "the computer was not found", "name", "disconnectCodes"),
  text("amount of time allotted", "the connection timed out", "timeout", "disconnectCodes"),
  text("connection was lost due to a network error", "the connection was lost", "connection-lost", "disconnectCodes"),
  text(
    "possibly due to network connectivity problems",
    "the connection was lost",
    "connection-lost",
    "disconnectCodes",
  ),
  text("no remote desktop license servers available", "no licence server is available", "licence", "generalError"),
  text("error in the licensing protocol", "the licensing failed", "licence", "disconnectCodes"),
  text("licensing timed out", "the licensing timed out", "licence", "disconnectCodes"),
  text(
    "not authorized for remote login",
    "the account has no right for Remote Desktop",
    "log-on-right",
    "authenticationErrors",
  ),
  text(
    "right to sign in through remote desktop services",
    "the account has no right for Remote Desktop",
    "log-on-right",
    "authenticationErrors",
  ),
  text("your credentials did not work", "the credentials were refused", "password", "authenticationErrors"),
  text("logon attempt failed", "the log-on failed", "password", "authenticationErrors"),
  text("user account has been locked", "the account is locked out", "account-locked", "disconnectCodes"),
  text("account is currently disabled", "the account is disabled", "account-state", "disconnectCodes"),
  text("account restriction", "a restriction of the account", "account-state", "disconnectCodes"),
  text("password has expired", "the password has expired", "password-change", "disconnectCodes"),
  text("must change your password", "the password must be changed", "password-change", "disconnectCodes"),
  text(
    "certificate received from the remote computer is expired or invalid",
    "the certificate has expired or is not valid",
    "certificate",
    "disconnectCodes",
  ),
  text(
    "unexpected server authentication certificate",
    "another certificate than expected",
    "certificate",
    "disconnectCodes",
  ),
  text("time or date difference", "the clocks differ", "clock", "disconnectCodes"),
  text("error in data encryption", "an error of the encryption", "rdp-security", "disconnectCodes"),
  text("because of a security error", "a security error", "rdp-security", "disconnectCodes"),
  text(
    "graphics display components in the remote session",
    "the graphics of the session failed",
    "graphics",
    "graphicsReport",
  ),
  text(
    "gateway server is temporarily unavailable",
    "the RD Gateway is not available",
    "gateway-connection",
    "disconnectCodes",
  ),
  text(
    "gateway server address is unreachable or incorrect",
    "the RD Gateway cannot be reached",
    "gateway-connection",
    "disconnectCodes",
  ),
  text(
    "identity of the rd gateway",
    "the identity of the RD Gateway could not be verified",
    "gateway-certificate",
    "disconnectCodes",
  ),
  text(
    "not listed in the rd gateways permission list",
    "the RD Gateway does not allow the target",
    "gateway-policy",
    "disconnectCodes",
  ),
  text(
    "not authorized to access the rd gateway",
    "the RD Gateway does not allow the user",
    "gateway-policy",
    "disconnectCodes",
  ),
  text(
    "web proxy server requires authentication",
    "the web proxy asks for authentication",
    "gateway-proxy",
    "disconnectCodes",
  ),
  text("because of a protocol error", "a protocol error", "protocol", "disconnectCodes"),
];

function text(words: string, says: string, topic: TopicId, source: CodeSourceId): DialogText {
  return { words, says, topic, source };
}
