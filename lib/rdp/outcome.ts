import type { Connection, Handshake, Negotiation, ProbeOutcome, ProbeReport, Resolution } from "./report.ts";

/** Derives the outcome from the observations. Pure. */
export function outcomeOf({
  resolution,
  connections,
  negotiations,
  handshakes,
}: Pick<ProbeReport, "resolution" | "connections" | "negotiations" | "handshakes">): ProbeOutcome {
  return (
    unreached(resolution, connections) ?? unagreed(negotiations) ?? unshaken(handshakes) ?? { result: "completed" }
  );
}

function unreached(resolution: Resolution, connections: readonly Connection[]): ProbeOutcome | null {
  if (resolution.result === "failed") return { result: "failed", stage: "resolve", ...resolution.failure };
  const last = connections.at(-1);
  return last?.failure ? { result: "failed", ...last.failure } : null;
}

/** Of several refusals the first counts: its request offered all protocols, as a client's does. */
function unagreed(negotiations: readonly Negotiation[]): ProbeOutcome | null {
  const answers = negotiations.map(({ answer }) => answer);
  const chosen = answers.find((answer) => answer.kind === "chosen");
  if (chosen) return chosen.protocol === "PROTOCOL_RDP" ? { result: "rdp-security" } : null;
  const refusal = answers.find((answer) => answer.kind !== "chosen");
  if (!refusal) return { result: "failed", stage: "negotiate", reason: "stopped", error: "nothing was asked" };
  if (refusal.kind === "broken") return { result: "failed", stage: "negotiate", ...refusal.failure };
  const error = refusal.name ?? `failure code ${refusal.code}`;
  return { result: "failed", stage: "negotiate", reason: "declined", error };
}

/** The result of TLS 1.2 is reported, because every Windows in use supports it. */
function unshaken(handshakes: readonly Handshake[]): ProbeOutcome | null {
  if (handshakes.some(({ result }) => result === "completed")) return null;
  const failures = handshakes.filter((handshake) => handshake.result === "failed");
  const told = failures.find(({ version }) => version === "TLSv1.2") ?? failures[0];
  if (told) return { result: "failed", stage: "tls", ...told.failure };
  return { result: "failed", stage: "tls", reason: "stopped", error: "no TLS handshake was tried" };
}

const credSspProtocols: readonly string[] = ["PROTOCOL_HYBRID", "PROTOCOL_HYBRID_EX"];

/** Whether the server offers Network Level Authentication, and whether it requires it. */
export function credSspOf(negotiations: readonly Negotiation[]): ProbeReport["credSsp"] {
  const answers = negotiations.map(({ answer }) => answer);
  if (answers.some((answer) => answer.kind === "declined" && answer.name === "HYBRID_REQUIRED_BY_SERVER"))
    return "required";
  if (answers.some((answer) => answer.kind === "chosen" && credSspProtocols.includes(answer.protocol)))
    return "offered";
  const passedOver = negotiations.some(
    ({ requested, answer }) =>
      requested.some((protocol) => credSspProtocols.includes(protocol)) &&
      answer.kind === "chosen" &&
      (answer.protocol === "PROTOCOL_SSL" || answer.protocol === "PROTOCOL_RDP"),
  );
  return passedOver ? "not-offered" : "unknown";
}
