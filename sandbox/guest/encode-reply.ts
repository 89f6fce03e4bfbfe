import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { droppedFirst, isUnreadable } from "../../lib/core/guest-evidence.ts";
import {
  DomainSection,
  LicensingSection,
  LogOnsSection,
  RightsSection,
  SubsystemSection,
} from "../../lib/core/log-on.ts";
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

/** Values of the registry that do not exist are not sent, and nothing about log-ons that is as Windows makes it. */
function withoutAbsentValues({ evidence, ...reply }: GuestReply) {
  if (!evidence) return { ...reply, evidence };
  const sent: Record<string, unknown> = { ...evidence };
  if (!isUnreadable(evidence.registry)) {
    sent.registry = Object.fromEntries(Object.entries(evidence.registry).filter(([, data]) => data !== null));
  }
  for (const [name, usual] of Object.entries(usualSections)) {
    const section = evidence[name as keyof typeof usualSections];
    if (isUnreadable(section)) continue;
    const isUsual = ([key, value]: [string, unknown]) =>
      !required.includes(key) && isDeepStrictEqual(value, usual[key as keyof typeof usual]);
    sent[name] = Object.fromEntries(Object.entries(section).filter((entry) => !isUsual(entry)));
  }
  return { ...reply, evidence: sent };
}

const required = ["held", "mode", "join", "failed"];
const usualSections = {
  rights: RightsSection.parse({ held: {} }),
  licensing: LicensingSection.parse({ mode: 0 }),
  domain: DomainSection.parse({ join: "workgroup" }),
  logOns: LogOnsSection.parse({ failed: {} }),
  subsystem: SubsystemSection.parse({}),
};
