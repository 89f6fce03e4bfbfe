import type { CodeRow } from "./code-row.ts";
import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

type Row = readonly [event: number, means: string, topic: TopicId];

/**
 * Events of the log Microsoft-Windows-TerminalServices-RDPClient/Operational on the client. The number of the event is
 * followed by a code: a disconnect reason (1026) or a result (226).
 */
const ofTheClient: readonly Row[] = [
  [226, "a step of the client's connection failed; RDPClient_SSL is its TLS handshake", "handshake-client"],
  [1007, "the name of the server could not be resolved", "name"],
  [1009, "the server did not accept the credentials", "password"],
  [1017, "the client has no licence for this server", "client-licence"],
  [1026, "the client was disconnected; the reason follows as a number", "no-information"],
  [1102, "the client began a multi-transport connection (UDP)", "udp"],
  [1105, "the multi-transport connection (UDP) ended", "udp"],
];

/** Events of the VM's System log that people name together with a client's error. */
const ofTheVm: readonly Row[] = [
  [1057, "System log of the VM: the self-signed certificate could not be made", "key"],
  [1058, "System log of the VM: the certificate that expired could not be replaced", "key"],
  [36870, "System log of the VM: the key of the certificate could not be read", "key"],
  [36871, "System log of the VM: TLS could not be set up", "key"],
];

/** Of the VM's Security log. The status of a failed log-on follows as a result. */
const ofSecurity: readonly Row[] = [
  [4625, "Security log of the VM: an account failed to log on; its status says why", "log-on-failed"],
  [4740, "Security log of the VM: an account was locked out", "account-locked"],
];

function rowsOf(rows: readonly Row[], source: CodeSourceId): CodeRow[] {
  return rows.map(([code, means, topic]) => ({ code, names: [], means, topic, source }));
}

/** Events that are named like an error: of the client's log and of the VM's. */
export const knownEvents: readonly CodeRow[] = [
  ...rowsOf(ofTheClient, "clientEvents"),
  ...rowsOf(ofTheVm, "vmEvents"),
  ...rowsOf(ofSecurity, "securityEvents"),
];
