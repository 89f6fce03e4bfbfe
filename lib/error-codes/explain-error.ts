import type { ConnectionSide } from "../core/connection-side.ts";
import { type CauseId, causeOf } from "./causes.ts";
import type { CodeRow } from "./code-row.ts";
import { type CodeSourceId, codeSources } from "./code-sources.ts";
import type { ErrorExplanation, ExplainedCause, ExplainedCode } from "./explanation.ts";
import { type CodeList, findCode, isProtocolError } from "./known-codes.ts";
import { codePairs } from "./pairs.ts";
import { type ErrorReading, formatHex, readError } from "./read-error.ts";
import { type TopicId, topicOf } from "./topics.ts";

/** Causes beyond these are too unlikely to help. */
const mostCauses = 16;

/** Explains an error of a Remote Desktop client, in any usual form. Pure and total. */
export function explainError(text: string): ErrorExplanation {
  const reading = readError(text);
  const topics = topicsOf(reading);
  const causes = [...new Set(topics.flatMap((id) => topicOf(id).causes as readonly CauseId[]))].slice(0, mostCauses);
  const codes = codesOf(reading);
  const understood = shortForm(reading);
  return {
    known: codes.some(({ source }) => source !== null) || reading.texts.length > 0,
    understood,
    codes,
    texts: reading.texts.map(({ says, source }) => ({ says, source: { ...codeSources[source] } })),
    notes: [...reading.notes, ...halfNotes(reading)],
    notUnderstood: [
      ...reading.notUnderstood,
      ...codes.filter(({ source }) => source === null).map(({ hex, list }) => `${hex} (${listNames[list]})`),
    ],
    proves: topics.map((id) => topicOf(id).proves),
    doesNotProve: topics.map((id) => topicOf(id).doesNotProve),
    causes: causes.map(explainCause),
    next: nextSteps(causes, understood),
  };
}

const listNames: Readonly<Record<CodeList, string>> = {
  client: "no published disconnect reason",
  extended: "no published extended reason",
  result: "no result that is known here",
  negotiation: "no negotiation failure",
  event: "no event that is known here",
};

/** The codes and names that were understood, in a form that the same function reads: 0x904/0x7. */
function shortForm({ code, extended, results, negotiation, event, texts }: ErrorReading): string {
  const pair =
    extended === null
      ? code === null
        ? []
        : [formatHex(code)]
      : [code === null ? `extended ${formatHex(extended)}` : `${formatHex(code)}/${formatHex(extended)}`];
  const names = negotiation.map((number) => findCode("negotiation", number)?.names[0] ?? "");
  const parts = [...(event === null ? [] : [`event ${event}`]), ...pair, ...results.map(formatHex), ...names];
  return parts.length > 0 ? parts.join(" ") : (texts[0]?.words ?? "");
}

function codesOf({ code, extended, results, negotiation, event }: ErrorReading): ExplainedCode[] {
  const all: (readonly [CodeList, number])[] = [
    ...(code === null ? [] : [["client", code] as const]),
    ...(extended === null ? [] : [["extended", extended] as const]),
    ...results.map((result) => ["result", result] as const),
    ...negotiation.map((failure) => ["negotiation", failure] as const),
    ...(event === null ? [] : [["event", event] as const]),
  ];
  return all.map(([list, value]) => explainCode(list, value, findCode(list, value)));
}

function explainCode(list: CodeList, value: number, row: CodeRow | null): ExplainedCode {
  const shown = { value, hex: formatHex(value), list };
  if (row) return { ...shown, names: [...row.names], means: row.means, source: { ...codeSources[row.source] } };
  if (list === "extended" && isProtocolError(value)) {
    const source: CodeSourceId = "extendedReason";
    return { ...shown, names: [], means: "an internal protocol error", source: { ...codeSources[source] } };
  }
  return { ...shown, names: [], means: listNames[list], source: null };
}

function halfNotes({ code, extended, event, results }: ErrorReading): string[] {
  if (extended !== null && code === null && !isProtocolError(extended)) {
    return ["Only an extended code was given. The error code before it says at which stage the connection ended."];
  }
  if (
    code !== null &&
    extended === null &&
    event === null &&
    results.length === 0 &&
    (code === 0x3 || code === 0x904)
  ) {
    return [
      "Only the error code was given. With the extended code, which the dialog shows under details, it says more.",
    ];
  }
  return [];
}

/** These topics say little; others, where there are any, come before them. */
const vague: readonly TopicId[] = [
  "connection-lost",
  "ended-by-server",
  "server-denied",
  "handshake-client",
  "internal",
  "not-named",
  "authentication-error",
  "log-on-failed",
  "protocol",
  "udp",
];

/** What follows from everything that was found, the most telling first. */
function topicsOf(reading: ErrorReading): TopicId[] {
  const { code, extended, results, negotiation, event, texts } = reading;
  const pair = codePairs.find((one) => one.code === code && one.extended === extended);
  if (pair) return [...new Set([pair.topic, ...topicsIn("result", results), ...texts.map(({ topic }) => topic)])];
  const all = [
    ...(extended === null
      ? []
      : [findCode("extended", extended)?.topic ?? (isProtocolError(extended) ? "protocol" : null)]),
    ...topicsIn("result", results),
    ...topicsIn("negotiation", negotiation),
    ...(code === null ? [] : [findCode("client", code)?.topic ?? familyOf(code)]),
    ...texts.map(({ topic }) => topic),
    ...(event === null ? [] : topicsIn("event", [event])),
  ].filter((topic) => topic !== null);
  const telling = [...new Set(all)].filter((topic) => topic !== "no-information");
  if (telling.length === 0) return all.includes("no-information") ? ["no-information"] : [];
  return [...telling.filter((topic) => !vague.includes(topic)), ...telling.filter((topic) => vague.includes(topic))];
}

function topicsIn(list: CodeList, codes: readonly number[]): TopicId[] {
  return codes.flatMap((code) => findCode(list, code)?.topic ?? []);
}

/** The topic that an undocumented code has by its form, which is an inference and told as one. */
function familyOf(code: number): TopicId | null {
  if (code >= 0x3000000 && code < 0x4000000) return "family-gateway";
  if (code < 0x200 || code > 0xffff) return null;
  const kind = code & 0xff;
  return kind === 0x04 ? "family-network" : kind === 0x07 ? "family-authentication" : null;
}

function explainCause(id: CauseId): ExplainedCause {
  const { title, side, check = null, clientCheck = null, look = null } = causeOf(id);
  return { title, side, check, clientCheck, look };
}

const inside: readonly ConnectionSide[] = ["listener", "tls", "log-on", "licence", "session"];

/** The commands that decide between the causes, in the order of the causes. */
function nextSteps(causes: readonly CauseId[], understood: string): ErrorExplanation["next"] {
  const sides = causes.map((id) => causeOf(id).side);
  const quote = /\s/.test(understood) ? '"' : "";
  const hint = understood === "" ? "" : ` --error ${quote}${understood}${quote}`;
  const steps = sides.flatMap((side) => {
    if (inside.includes(side)) return [diagnose(hint)];
    if (side === "path") return [network(hint), probe];
    if (side === "gateway") return [probe, probeGateway];
    return [clientChecks];
  });
  const all = steps.length > 0 ? [...steps, probe, clientChecks] : [diagnose(hint), probe, clientChecks];
  return [...new Map(all.map((step) => [step.command, step])).values()];
}

function diagnose(hint: string) {
  return {
    command: `diagnose VM${hint}`,
    does: "Look into the VM: listener, TLS, services, firewall. Changes nothing.",
  };
}

function network(hint: string) {
  return {
    command: `network VM --from ADDRESS${hint}`,
    does: "Show whether the network lets the client's public address reach the VM, and which rule decides.",
  };
}

const probe = {
  command: "probe HOST",
  does: "Run it where the client is: it shows the stage at which the connection fails, without logging on.",
};
const probeGateway = {
  command: "probe GATEWAY --gateway",
  does: "Test the RD Gateway: HTTPS, certificate and path.",
};
const clientChecks = {
  command: "client-checks HOST",
  does: "The list of what to look at on the client, and a script that reads it.",
};
