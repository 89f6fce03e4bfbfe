import { clientErrors } from "./client-errors.ts";
import type { Explanation } from "./explanation.ts";
import type { Failure, ProbeOutcome, ProbeReport } from "./report.ts";
import type { FailureName } from "./x224.ts";

type Failed = Extract<ProbeOutcome, { result: "failed" }>;

/** Explains a failed stage. */
export function explainFailure(failed: Failed, { target, proxy }: ProbeReport): Explanation {
  if (failed.reason === "stopped") return unknown("none", "The probe was stopped before it knew.", []);
  if (failed.stage === "proxy") {
    const name = proxy ? ` ${proxy.host}:${proxy.port}` : "";
    return unknown("proxy", `The proxy${name} made no connection to the server: ${failed.error}.`, [
      "This says nothing of the server. Use a proxy that may connect to it, or probe from inside its network.",
    ]);
  }
  const { headline, ...row } =
    failed.reason === "declined" ? declinedRow(failed.error) : stageRow(failed.stage, failed.reason);
  return { verdict: "fault", ...row, headline: headline({ ...target, error: failed.error }) };
}

function unknown(side: Explanation["side"], headline: string, advice: readonly string[]): Explanation {
  return { verdict: "unknown", side, headline, advice, clientErrors: [] };
}

interface Row extends Pick<Explanation, "side" | "advice" | "clientErrors"> {
  readonly headline: (told: { readonly host: string; readonly port: number; readonly error: string }) => string;
}

function stageRow(stage: Exclude<Failed["stage"], "proxy">, reason: Failure["reason"]): Row {
  const rows: Stage = stages[stage];
  return rows[reason] ?? rows.otherwise;
}

type Stage = Readonly<Partial<Record<Failure["reason"], Row>>> & { readonly otherwise: Row };

const droppedOnTheWay: Row = {
  side: "path",
  headline: ({ host, port, error }) => `No connection to ${host}, port ${port}: ${error}.`,
  advice: [
    "Packets are lost on the way: look at the NSGs of subnet and network interface, at JIT access, routes, VPN and firewalls, at the Windows Firewall, and whether the VM runs.",
  ],
  clientErrors: clientErrors.noConnection,
};

const hungUp: Row = {
  side: "listener",
  headline: ({ port, error }) => `Port ${port} takes connections and hangs up before RDP begins: ${error}.`,
  advice: [
    "This is 0x904 / 0x7 before TLS. Look at TermService, at two listeners on one port, at a foreign WdName of the listener, and at devices on the way that take connections in its place.",
  ],
  clientErrors: clientErrors.hungUp,
};

const hungUpInTls: Row = {
  side: "tls",
  headline: ({ error }) => `The server chose TLS and hung up in the handshake: ${error}.`,
  advice: [
    "This is 0x904 / 0x7 in its usual form: a server that cannot use the private key of its certificate (Schannel 36870), has none (36872), or has TLS turned off (36871).",
  ],
  clientErrors: clientErrors.hungUp,
};

const stages: Record<Exclude<Failed["stage"], "proxy">, Stage> = {
  resolve: {
    "no-address": {
      side: "name-resolution",
      headline: ({ host }) => `The name ${host} has no address.`,
      advice: [
        "Check its spelling and its DNS zone. A private name has an address inside its virtual network alone, and a public name goes with its public IP address.",
      ],
      clientErrors: clientErrors.noAddress,
    },
    otherwise: {
      side: "name-resolution",
      headline: ({ host, error }) => `The address of ${host} could not be looked up: ${error}.`,
      advice: [
        "Look at the DNS servers of this machine and the way to them. An address instead of the name goes past them.",
      ],
      clientErrors: clientErrors.lookupFailed,
    },
  },
  connect: {
    refused: {
      side: "listener",
      headline: ({ host, port }) => `${host} is there, and nothing listens on port ${port}.`,
      advice: [
        "Look at TermService, at fDenyTSConnections and at PortNumber in the VM. A firewall that rejects, or a load balancer without a healthy member, looks the same.",
      ],
      clientErrors: clientErrors.noConnection,
    },
    otherwise: droppedOnTheWay,
  },
  negotiate: {
    timeout: {
      side: "listener",
      headline: ({ port }) => `Port ${port} takes connections and says nothing.`,
      advice: [
        "Look for a TermService that hangs (Service Control Manager 7022), and for a device on the way that takes connections for a server it does not reach.",
      ],
      clientErrors: clientErrors.noAnswer,
    },
    malformed: {
      side: "listener",
      headline: ({ port, error }) => `What listens on port ${port} does not speak RDP: ${error}.`,
      advice: [
        "Compare the port with PortNumber in the VM, and look at NAT rules and proxies on the way, and at who owns the port.",
      ],
      clientErrors: clientErrors.notRdp,
    },
    otherwise: hungUp,
  },
  tls: {
    alert: {
      side: "tls",
      headline: ({ error }) => `The server broke the TLS handshake off: ${error}.`,
      advice: [
        "It has no TLS version or no cipher suite in common with this client, or none that fits its certificate: look at the policy for cipher suites (Schannel 36874) and at the protocols of Schannel.",
      ],
      clientErrors: clientErrors.hungUp,
    },
    timeout: {
      side: "tls",
      headline: () => "The server chose TLS and then says nothing.",
      advice: [
        "Large packets may be lost on the way (MTU of a VPN), a device may stop TLS, or the server hangs at its key.",
      ],
      clientErrors: clientErrors.noAnswer,
    },
    rejected: {
      side: "tls",
      headline: ({ error }) => `This client could not accept the server's part of the TLS handshake: ${error}.`,
      advice: [
        "The server may speak no TLS newer than 1.1, its key or signature may be too weak, or a device on the way answers in its place.",
      ],
      clientErrors: [],
    },
    otherwise: hungUpInTls,
  },
};

/** MS-RDPBCGR 2.2.1.2.2, for a client that has offered all protocols. */
const declined: Record<FailureName, Row> = {
  SSL_CERT_NOT_ON_SERVER: refusal("tls", [
    "The server has no certificate for TLS. Windows makes one when the service SessionEnv starts; look at the certificate, its key in MachineKeys, and events 1057 and 1058.",
  ]),
  SSL_NOT_ALLOWED_BY_SERVER: refusal("listener", [
    "The server takes RDP's own security alone: on Windows that is SecurityLayer 0, set on the listener or by policy.",
  ]),
  SSL_REQUIRED_BY_SERVER: refusal("listener", [
    "The server asks for TLS, which was offered: something on the way may change the request, or the listener is not that of Windows.",
  ]),
  INCONSISTENT_FLAGS: refusal("listener", [
    "The server finds the flags of the request in disorder: it may be older than the client, or not that of Windows.",
  ]),
  HYBRID_REQUIRED_BY_SERVER: refusal("nla", [
    "The server insists on NLA (CredSSP): clients without it are turned away. Look at UserAuthentication, and at the client's own support of CredSSP.",
  ]),
  SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER: refusal("tls", [
    "The server asks for TLS with a certificate of the client, which RDP clients do not have as a rule. Look at what stands in front of it.",
  ]),
};

function refusal(side: Explanation["side"], advice: readonly string[]): Row {
  return {
    side,
    headline: ({ error }) => `The server declined the negotiation: ${error}.`,
    advice,
    clientErrors: clientErrors.hungUp,
  };
}

function declinedRow(name: string): Row {
  return Object.hasOwn(declined, name)
    ? declined[name as FailureName]
    : refusal("listener", ["The server gives a reason that RDP does not have: it may not be that of Windows."]);
}
