import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { droppedFirst } from "../../lib/core/guest-evidence.ts";
import { type GuestReply, maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";

// After those that may go first, what is left by size; what came of the work is told in any case.
const sections = [...droppedFirst, "keys", "listener", "services", "registry", "certificate", "handshake"] as const;

/** The one line that a guest prints, at most `maximumReplyBytes` long: sections of the evidence go until it fits. */
export function encodeReply(reply: GuestReply): string {
  let fitting = reply;
  for (const section of sections) {
    const line = lineOf(fitting);
    if (line.length <= maximumReplyBytes || !fitting.evidence) return line;
    fitting = {
      ...fitting,
      dropped: [...fitting.dropped, section],
      evidence: { ...fitting.evidence, [section]: { unreadable: "dropped to fit the reply" } },
    };
  }
  return lineOf(fitting);
}

/** Marker, version, length, SHA-256 prefix, and the reply as base64 of gzipped JSON. */
function lineOf(reply: GuestReply): string {
  const body = gzipSync(JSON.stringify(reply)).toString("base64");
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return `${replyMarker} 1 ${body.length} ${digest} ${body}`;
}
