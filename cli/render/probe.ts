import { sideTitles } from "../../lib/core/connection-side.ts";
import type { Explanation } from "../../lib/rdp/explanation.ts";
import type {
  Answer,
  Connection,
  Failure,
  Handshake,
  PeerCertificate,
  ProbeReport,
  Resolution,
  UdpResult,
} from "../../lib/rdp/report.ts";
import { cleanAll } from "./clean.ts";
import type { Layout, Style } from "./layout.ts";
import { renderCommand, renderSection } from "./section.ts";
import { wrapText } from "./wrap.ts";

const styles: Record<Explanation["verdict"], Style> = { "in-order": "good", fault: "bad", unknown: "doubt" };
const words: Record<Explanation["verdict"], string> = { "in-order": "in order", fault: "fault", unknown: "not known" };

/** The stages in their order, then the conclusion. */
export function renderProbe(given: ProbeReport, explanation: Explanation, program: string, layout: Layout): string[] {
  const report = cleanAll(given);
  const { certificate } = report;
  return [
    ...renderProbeTitle(report, layout),
    ...renderSection("Stages", renderStages(report, layout), layout),
    ...renderSection("Certificate", certificate ? renderCertificate(certificate, layout) : [], layout),
    ...renderExplanation(cleanAll(explanation), layout),
    ...renderSection("Next", renderClientStep(report, explanation, program, layout), layout),
  ];
}

/** A server in order leaves the client; one that is not is looked into from Azure's side. */
function renderClientStep(
  { target }: ProbeReport,
  { verdict }: Explanation,
  program: string,
  layout: Layout,
): string[] {
  if (verdict !== "in-order") return [];
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return [
    ...renderCommand([`${program} client-checks ${host}:${target.port}`], layout),
    ...wrapText("What to look at on the client, the most telling first.", layout.width, "      "),
  ];
}

/** The server, its port and the proxy. */
export function renderProbeTitle({ target, proxy }: Pick<ProbeReport, "target" | "proxy">, layout: Layout): string[] {
  const way = proxy ? `, through ${proxy.kind}://${proxy.host}:${proxy.port}` : "";
  return [
    ...wrapText(target.host, layout.width).map((line) => layout.paint("title", line)),
    ...wrapText(`port ${target.port}${way}`, layout.width),
  ];
}

export function renderExplanation(
  { verdict, side, headline, advice, clientErrors }: Explanation,
  layout: Layout,
): string[] {
  const next = verdict === "in-order" ? "If a client fails all the same, look at" : "Look at";
  return [
    ...renderSection(
      "Verdict",
      [
        `  ${layout.paint(styles[verdict], words[verdict])}`,
        ...[headline, ...advice].flatMap((text) => wrapText(text, layout.width, "  ")),
      ],
      layout,
    ),
    ...renderSection(next, side === "none" ? [] : wrapText(sideTitles[side], layout.width, "  "), layout),
    ...renderSection(
      "What mstsc may show then",
      clientErrors.flatMap(({ code, extended, means }) =>
        wrapText(`${hex(code)}${extended === null ? "" : ` / ${hex(extended)}`}: ${means}`, layout.width, "  ", "    "),
      ),
      layout,
    ),
  ];
}

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase()}`;
}

function renderStages(
  { resolution, connections, negotiations, handshakes, credSsp, udp }: ProbeReport,
  layout: Layout,
): string[] {
  return [
    renderConnecting({ resolution, connections }, layout),
    ...negotiations.map(({ requested, answer, ms }) =>
      renderStage(
        "negotiate",
        `asked for ${requested.map(shortName).join(", ")}: ${describeAnswer(answer)}`,
        ms,
        layout,
      ),
    ),
    ...handshakes.map((handshake) =>
      renderStage("tls", describeHandshake(handshake), "ms" in handshake ? handshake.ms : null, layout),
    ),
    ...(negotiations.length > 0 ? [renderStage("nla", nlaWords[credSsp], null, layout)] : []),
    renderStage("udp", describeUdp(udp), "ms" in udp ? udp.ms : null, layout),
  ].flat();
}

function describeUdp(udp: UdpResult): string {
  switch (udp.result) {
    case "answered":
      return "RDP answers over UDP too";
    case "other-answer":
      return "an answer that is not RDP";
    case "port-unreachable":
      return "nothing listens over UDP: clients stay on TCP";
    case "silent":
      return "no answer, which proves nothing";
    case "failed":
      return describeFailure(udp.failure);
    case "not-tried":
      return `not tried: ${udp.because}`;
  }
}

const labelColumns = 13;

/** Name resolution and the attempts to connect. */
export function renderConnecting(
  { resolution, connections }: Pick<ProbeReport, "resolution" | "connections">,
  layout: Layout,
): string[] {
  return [
    renderStage("resolve", describeResolution(resolution), "ms" in resolution ? resolution.ms : null, layout),
    ...connections.map((connection) =>
      renderStage(stageOf(connection), describeConnection(connection), connection.ms, layout),
    ),
  ].flat();
}

/** One stage: its name, what happened, and its milliseconds. */
export function renderStage(label: string, text: string, ms: number | null, { width }: Layout): string[] {
  const told = ms === null ? text : `${text} (${ms} ms)`;
  return wrapText(told, width, `  ${label}`.padEnd(labelColumns), " ".repeat(labelColumns));
}

function describeResolution(resolution: Resolution): string {
  switch (resolution.result) {
    case "address":
      return "not needed: this is an address";
    case "left-to-proxy":
      return "left to the proxy";
    case "resolved":
      return resolution.addresses.join(", ");
    case "failed":
      return describeFailure(resolution.failure);
  }
}

function stageOf({ failure }: Connection): string {
  return failure?.stage ?? "connect";
}

/** A failure at the proxy says nothing about the address behind it. */
function describeConnection({ address, failure }: Connection): string {
  if (!failure) return `${address}: connected`;
  return failure.stage === "proxy" ? describeFailure(failure) : `${address}: ${describeFailure(failure)}`;
}

function describeFailure({ reason, error }: Failure): string {
  return `${reason}: ${error}`;
}

/** Shortens the names of protocols: PROTOCOL_HYBRID_EX to HYBRID_EX. */
function shortName(protocol: string): string {
  return protocol.replace("PROTOCOL_", "");
}

function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case "chosen": {
      const flags = answer.flags.length > 0 ? `, with ${answer.flags.join(", ")}` : "";
      return answer.negotiated
        ? `${shortName(answer.protocol)}${flags}`
        : "confirmed without a choice, which means RDP";
    }
    case "declined":
      return `declined, ${answer.name ?? "unknown failure code"} (${answer.code})`;
    case "broken":
      return describeFailure(answer.failure);
  }
}

function describeHandshake(handshake: Handshake): string {
  const version = versions[handshake.version];
  switch (handshake.result) {
    case "completed":
      return `${version}: ${handshake.suite}`;
    case "failed":
      return `${version}: ${describeFailure(handshake.failure)}`;
    case "not-offered-here":
      return `${version}: cannot be tried with this Node.js: ${handshake.error}`;
  }
}

const versions: Record<Handshake["version"], string> = {
  "TLSv1.3": "TLS 1.3",
  "TLSv1.2": "TLS 1.2",
  "TLSv1.1": "TLS 1.1",
  TLSv1: "TLS 1.0",
};

const nlaWords: Record<ProbeReport["credSsp"], string> = {
  required: "CredSSP is required",
  offered: "CredSSP is offered, and not required",
  "not-offered": "CredSSP is not offered",
  unknown: "whether CredSSP is offered is not known",
};

export function renderCertificate(certificate: PeerCertificate, layout: Layout): string[] {
  const { subject, issuer, names, selfSigned, notBefore, notAfter, key, sha1, sha256 } = certificate;
  const facts: [string, string][] = [
    ["subject", subject || "(empty)"],
    ["issuer", selfSigned ? "itself" : issuer],
    ...(names.length > 0 ? [["names", names.join(", ")] satisfies [string, string]] : []),
    ["valid", `${notBefore?.slice(0, 10) ?? "?"} to ${notAfter?.slice(0, 10) ?? "?"}`],
    ["key", `${key.type}${key.bits === null ? "" : ` ${key.bits} bits`}`],
    ["SHA-1", sha1],
    ["SHA-256", sha256],
  ];
  return facts.flatMap(([label, text]) => renderStage(label, text, null, layout));
}
