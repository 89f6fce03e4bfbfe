import type { Evidence } from "../../lib/core/evidence.ts";
import { describeHandshake } from "../../lib/report/handshake-text.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** The result of the RDP and TLS handshake, once or before and after; empty when none was made. */
export function renderHandshakes(tried: Readonly<Record<string, Evidence | null>>, layout: Layout): string[] {
  return Object.entries(tried).flatMap(([when, evidence]) => {
    const text = describeHandshake(evidence);
    if (text === null) return [];
    const label = `  ${when.padEnd(6)}  `;
    return wrapText(text, layout.width, label, " ".repeat(label.length));
  });
}
