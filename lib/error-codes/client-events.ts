import type { CodeRow } from "./code-row.ts";

/**
 * Events of the log Microsoft-Windows-TerminalServices-RDPClient/Operational on the client. The number of the event is
 * followed by a code: a disconnect reason (1026) or a result (226).
 */
export const clientEvents: readonly CodeRow[] = (
  [
    [226, "a step of the client's connection failed; RDPClient_SSL is its TLS handshake", "handshake-client"],
    [1007, "the name of the server could not be resolved", "name"],
    [1009, "the server did not accept the credentials", "password"],
    [1017, "the client has no licence for this server", "client-licence"],
    [1026, "the client was disconnected; the reason follows as a number", "no-information"],
    [1102, "the client began a multi-transport connection (UDP)", "udp"],
    [1105, "the multi-transport connection (UDP) ended", "udp"],
  ] as const
).map(([code, means, topic]) => ({ code, names: [], means, topic, source: "clientEvents" }));
