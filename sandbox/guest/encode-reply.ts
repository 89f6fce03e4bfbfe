import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { droppedFirst, isUnreadable } from "../../lib/core/guest-evidence.ts";
import { type GuestReply, maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";

// After those that may go first, what is left by size; what came of the work is told in any case.
const parts = [...droppedFirst, "keys", "listener", "services", "registry", "certificate", "handshake"] as const;

/** The one line that a guest prints, at most `maximumReplyBytes` long: parts of the evidence go until it fits. */
export function encodeReply(reply: GuestReply): string {
  let fitting = reply;
  for (const part of parts) {
    if (fits(fitting) || !fitting.evidence) break;
    fitting = part === "dependents" ? limitDependents(fitting) : withoutSection(fitting, part);
  }
  return lineOf(fitting);
}

function fits(reply: GuestReply): boolean {
  return lineOf(reply).length <= maximumReplyBytes;
}

function withoutSection(reply: GuestReply, section: Exclude<(typeof parts)[number], "dependents">): GuestReply {
  if (!reply.evidence) return reply;
  const evidence = { ...reply.evidence, [section]: { unreadable: "dropped to fit the reply" } };
  return { ...reply, dropped: [...reply.dropped, section], evidence };
}

/** Half of the certificates that lean on the folder, and half again, until the reply fits. */
function limitDependents(reply: GuestReply): GuestReply {
  const { evidence } = reply;
  if (!evidence || isUnreadable(evidence.keys) || evidence.keys.dependents.length === 0) return reply;
  const dependents = evidence.keys.dependents.slice(0, evidence.keys.dependents.length >> 1);
  const dropped = [...new Set([...reply.dropped, "dependents"])];
  const shorter = { ...reply, dropped, evidence: { ...evidence, keys: { ...evidence.keys, dependents } } };
  return fits(shorter) ? shorter : limitDependents(shorter);
}

/** Marker, version, length, SHA-256 prefix, and the reply as base64 of gzipped JSON. */
function lineOf(reply: GuestReply): string {
  const body = gzipSync(JSON.stringify(withoutAbsentValues(reply))).toString("base64");
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return `${replyMarker} 1 ${body.length} ${digest} ${body}`;
}

/** Values of the registry that do not exist are not sent. */
function withoutAbsentValues({ evidence, ...reply }: GuestReply) {
  if (!evidence || isUnreadable(evidence.registry)) return { ...reply, evidence };
  const registry = Object.fromEntries(Object.entries(evidence.registry).filter(([, data]) => data !== null));
  return { ...reply, evidence: { ...evidence, registry } };
}
