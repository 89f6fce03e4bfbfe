import type { OfflineStep } from "../../lib/offline-repair/offline-steps.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

const changes: Readonly<Record<OfflineStep["changes"], string>> = {
  nothing: "changes nothing",
  windows: "the first commands look, the others change Windows",
  "network-interface": "changes the network interface",
  disk: "changes the disk of the operating system",
};

/** The steps without the agent. A command stays on one line, however long, so that it can be copied. */
export function renderOfflineSteps(steps: readonly OfflineStep[], layout: Layout): string[] {
  return steps.flatMap(({ title, why, changes: what, commands, source }, index) => [
    ...wrapText(`${title} (${changes[what]})`, layout.width, `  ${index + 1}. `, "     "),
    ...wrapText(why, layout.width, "     ").map((line) => layout.paint("quiet", line)),
    ...commands.map((command) => `       ${command}`),
    layout.paint("quiet", `     ${source}`),
  ]);
}
