import { z } from "zod";

/** The parts of a connection where a fault can be, from the client to the session. */
export const connectionSides = [
  "client",
  "name-resolution",
  "proxy",
  "gateway",
  "path",
  "listener",
  "tls",
  "nla",
  "log-on",
  "licence",
  "session",
] as const;

export const ConnectionSide = z.enum(connectionSides);
export type ConnectionSide = z.infer<typeof ConnectionSide>;

/** The sides in the words of people. */
export const sideTitles: Readonly<Record<ConnectionSide, string>> = {
  client: "the client",
  "name-resolution": "name resolution",
  proxy: "the proxy",
  gateway: "a gateway or tunnel before the VM",
  path: "the path through the network",
  listener: "the listener in the VM",
  tls: "TLS: certificate, key, protocols, suites",
  nla: "NLA: the log-on",
  "log-on": "the account and its log-on",
  licence: "Remote Desktop licensing",
  session: "the session in the VM",
};
