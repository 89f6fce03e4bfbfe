import type { Explanation } from "./explanation.ts";
import { isGateway } from "./gateway.ts";
import type { GatewayExchange, GatewayReport } from "./gateway-report.ts";

/** Explains the report of an RD Gateway. Its certificate counts as its clients count it: dates and name. */
export function explainGateway(report: GatewayReport): Explanation {
  return unreached(report) ?? untrusted(report) ?? unanswered(report) ?? inOrder(report);
}

function gateway(verdict: Explanation["verdict"], headline: string, advice: readonly string[]): Explanation {
  return { verdict, side: "gateway", headline, advice, clientErrors: [] };
}

function unreached({ resolution, connections, proxy, tls, target, exchanges }: GatewayReport): Explanation | null {
  const where = `${target.host}, port ${target.port}`;
  if (resolution.result === "failed") {
    const side = "name-resolution" as const;
    const advice = ["Check the gateway's name in the client and its DNS record."];
    return {
      ...gateway("fault", `The gateway ${target.host} has no address: ${resolution.failure.error}.`, advice),
      side,
    };
  }
  const last = connections.at(-1);
  if (last?.failure?.stage === "proxy") {
    const told = proxy ? ` ${proxy.host}:${proxy.port}` : "";
    const headline = `The proxy${told} made no connection to the gateway: ${last.failure.error}.`;
    return {
      ...gateway("unknown", headline, ["Ask who owns the proxy whether it may connect to the gateway."]),
      side: "proxy",
    };
  }
  if (last?.failure?.reason === "stopped") return gateway("unknown", "The probe was stopped before it knew.", []);
  if (last?.failure) {
    return gateway("fault", `No connection to the gateway ${where}: ${last.failure.error}.`, [
      "Look at the firewall of the client's network, at that of the gateway, and whether the gateway runs. Some networks only let a proxy out: probe with --proxy.",
    ]);
  }
  if (tls?.result === "failed") {
    if (tls.failure.reason === "stopped") return gateway("unknown", "The probe was stopped before it knew.", []);
    return gateway("fault", `The gateway takes connections, and TLS fails: ${tls.failure.error}.`, [
      "Look at the certificate that is bound to the gateway's port, and at devices before it that stop TLS.",
    ]);
  }
  return exchanges.length === 0 ? gateway("unknown", "The probe was stopped before it knew.", []) : null;
}

function untrusted({ certificate, startedAt, target }: GatewayReport): Explanation | null {
  if (!certificate) return null;
  const { notAfter, notBefore, forHost, names, subject } = certificate;
  const renew = "Clients refuse it without a choice. Bind a valid certificate to the gateway.";
  if (notAfter && notAfter < startedAt) {
    return gateway("fault", `The gateway's certificate expired on ${notAfter.slice(0, 10)}.`, [renew]);
  }
  if (notBefore && notBefore > startedAt) {
    const headline = `The gateway's certificate is not valid before ${notBefore.slice(0, 10)}.`;
    return gateway("fault", headline, ["One of the two clocks is wrong: the gateway's, or that of this machine."]);
  }
  if (forHost) return null;
  const others = names.length > 0 ? names.slice(0, 3).join(", ") : subject;
  return gateway("fault", `The gateway's certificate is for ${others || "nobody"}, not for ${target.host}.`, [
    "Use the name of the certificate in the client's gateway setting, or bind a certificate for this name.",
  ]);
}

function unanswered({ exchanges }: GatewayReport): Explanation | null {
  if (exchanges.some(isGateway)) return null;
  const told = exchanges.map(describeExchange).join("; ");
  const statuses = exchanges.flatMap(({ answer }) => (answer.result === "status" ? answer.status : []));
  const refused = statuses.some((status) => status === 405 || status === 501);
  return gateway("fault", `What answers HTTPS there does not answer as an RD Gateway: ${told}.`, [
    refused
      ? "A proxy or a content delivery network before the gateway does not pass its HTTP methods on: it cannot stand before a gateway."
      : "Check the name and the port, and whether the role RD Gateway is installed and its service TSGateway runs.",
  ]);
}

function inOrder({ distrust, certificate }: GatewayReport): Explanation {
  return gateway("in-order", "The RD Gateway answers as it should, as far as a client gets without signing in.", [
    ...(distrust === null
      ? []
      : [
          `The authorities that this program knows do not vouch for its certificate (${certificate?.selfSigned ? "it is self-signed" : distrust}). A client connects only when its own store trusts the issuer, and its list of revoked certificates can be read.`,
        ]),
    "What fails from here on is the sign-in at the gateway, its connection policy (CAP), its resource policy (RAP), or its way to the VM: TerminalServices-Gateway/Operational on the gateway says which.",
    "To test the VM behind it, probe the VM from the gateway's network.",
  ]);
}

export function describeExchange({ method, path, answer }: GatewayExchange): string {
  const where = `${method} ${path.replace(/\?.*/, "")}`;
  if (answer.result === "failed") return `${where}: ${answer.failure.error}`;
  const schemes = answer.schemes.length > 0 ? ` (${answer.schemes.join(", ")})` : "";
  return `${where}: HTTP ${answer.status}${schemes}`;
}
