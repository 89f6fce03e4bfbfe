import { describeHandshake } from "../../lib/report/handshake-text.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** The result of the RDP and TLS handshake, once or before and after; empty when none was made. */
export function renderHandshakes(
  tried: Readonly<Record<string, RunView["handshakes"]["before"]>>,
  layout: Layout,
): string[] {
  return Object.entries(tried).flatMap(([when, handshake]) => {
    const text = describeHandshake(handshake);
    if (text === null) return [];
    const label = `  ${when.padEnd(6)}  `;
    return wrapText(text, layout.width, label, " ".repeat(label.length));
  });
}
