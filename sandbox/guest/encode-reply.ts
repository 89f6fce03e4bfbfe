import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { dropOrder, isUnreadable, sectionNames, sectionShape } from "../../lib/core/guest-evidence.ts";
import { declaredValues, type RegistryData, type RegistryValueId } from "../../lib/core/registry-value.ts";
import { type GuestReply, maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";
import { shortenReply } from "../../lib/guest/reply-pieces.ts";
import { deviations } from "../windows/deviations.ts";

/** The one line that a guest prints, at most `maximumReplyBytes` long: parts of the evidence go until it fits. */
export function encodeReply(reply: GuestReply): string {
  let fitting = reply;
  let line = lineOf(fitting);
  for (const part of dropOrder) {
    if (line.length <= maximumReplyBytes || !fitting.evidence) break;
    fitting = part === "dependents" ? limitDependents(fitting) : withoutSection(fitting, part);
    line = lineOf(fitting);
  }
  return line;
}

function withoutSection(reply: GuestReply, section: Exclude<(typeof dropOrder)[number], "dependents">): GuestReply {
  if (!reply.evidence) return reply;
  const evidence = { ...reply.evidence, [section]: { unreadable: "dropped to fit the reply" } };
  return { ...reply, dropped: [...reply.dropped, section], evidence };
}

/** Drops half of the dependent certificates, repeatedly, until the reply fits. */
function limitDependents(reply: GuestReply): GuestReply {
  const { evidence } = reply;
  if (!evidence || isUnreadable(evidence.keys) || evidence.keys.dependents.length === 0) return reply;
  const dependents = evidence.keys.dependents.slice(0, evidence.keys.dependents.length >> 1);
  const dropped = [...new Set([...reply.dropped, "dependents"])];
  const shorter = { ...reply, dropped, evidence: { ...evidence, keys: { ...evidence.keys, dependents } } };
  return lineOf(shorter).length <= maximumReplyBytes ? shorter : limitDependents(shorter);
}

/** Marker, version, length, SHA-256 prefix, and the reply as base64 of gzipped JSON, in which a byte stands for each piece. */
function lineOf(reply: GuestReply): string {
  const short = shortenReply(jsonOf(withoutAbsentValues(reply)));
  const body = gzipSync(Buffer.from(short, "latin1")).toString("base64");
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return `${replyMarker} 1 ${body.length} ${digest} ${body}`;
}

/** JSON in ASCII, names in order, as the scripts write it. */
function jsonOf(value: unknown): string {
  // Only texts have signs beyond ASCII, and there they may be escaped.
  const ascii = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return inOrder(value).replace(/[^ -~]/g, ascii);
}

function inOrder(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inOrder).join(",")}]`;
  const members = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  return `{${names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${inOrder(members[name])}`)
    .join(",")}}`;
}

/**
 * Values of the registry that do not exist are not sent. Data that a change may write are sent as their index among these.
 * Parts of a section that have a default are sent only when they differ from it.
 */
function withoutAbsentValues({ evidence, ...reply }: GuestReply) {
  if (!evidence) return { ...reply, evidence };
  const sent: Record<string, unknown> = { ...evidence };
  if (!isUnreadable(evidence.registry)) {
    const values = Object.entries(evidence.registry).filter(([, data]) => data !== null);
    sent.registry = Object.fromEntries(
      values.map(([id, data]) => [id, indexOfData(id as RegistryValueId, data) ?? data]),
    );
  }
  for (const name of sectionNames) {
    const shape = sectionShape(name);
    if (shape instanceof z.ZodObject && name !== "registry" && !isUnreadable(evidence[name])) {
      sent[name] = deviations(shape, evidence[name] as never);
    }
  }
  return { ...reply, evidence: sent };
}

/** The index of these data among those that a change may write; `null`: they are not among them. */
function indexOfData(id: RegistryValueId, data: RegistryData | null): number | null {
  const index = declaredValues[id].mayBecome.findIndex((one) => isDeepStrictEqual(one, data));
  return index < 0 ? null : index;
}
