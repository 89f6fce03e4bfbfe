import type { ClientCheck } from "../../lib/client-checks/client-checks.ts";
import { sideTitles } from "../../lib/core/connection-side.ts";
import type { Explanation } from "../../lib/rdp/explanation.ts";
import type { Target } from "../../lib/rdp/report.ts";
import { cleanAll } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { renderSection } from "./section.ts";
import { wrapText } from "./wrap.ts";

/** The list for the client, in an order that the probe of the server and the client's error decide. */
export interface ClientCheckList {
  /** `null`: no server was named, and none was probed. */
  readonly target: Target | null;
  readonly probe: Pick<Explanation, "verdict" | "side" | "headline"> | null;
  /** The understood part of the client's error; `null`: none was given. */
  readonly error: string | null;
  readonly checks: readonly ClientCheck[];
}

/** The ranked list, with commands to copy on lines of their own. */
export function renderClientChecks(given: ClientCheckList, program: string, layout: Layout): string[] {
  const { target, probe, error, checks } = cleanAll(given);
  const script = `${program} client-checks${target ? ` ${target.host}` : ""} --script > check-client.ps1`;
  return [
    layout.paint("title", target ? `Client checks for ${target.host}` : "Client checks"),
    ...wrapText("On the client, in PowerShell. No command changes a setting.", layout.width),
    ...(probe ? wrapText(describeProbe(probe), layout.width) : []),
    ...(error ? wrapText(`Ordered by the client's error too: ${error}.`, layout.width) : []),
    ...checks.flatMap((check, index) => renderCheck(check, index + 1, layout)),
    ...renderSection("All of it by one script", [`  ${script}`], layout),
  ];
}

function describeProbe({ side, headline }: NonNullable<ClientCheckList["probe"]>): string {
  const order = side === "none" ? "" : ` So the list begins with ${sideTitles[side]}.`;
  return `Probed from this machine: ${headline}${order}`;
}

function renderCheck(
  { id, title, why, commands, good, otherwise }: ClientCheck,
  number: number,
  layout: Layout,
): string[] {
  const paragraph = (label: string, text: string) => wrapText(text, layout.width, `    ${label}: `, "      ");
  return [
    "",
    ...wrapText(`${title} (${id})`, layout.width, `${String(number).padStart(2)}. `, "    ").map((line) =>
      layout.paint("title", line),
    ),
    ...wrapText(why, layout.width, "    "),
    // A broken command cannot be copied.
    ...commands.map((command) => `      ${command}`),
    ...paragraph("Good", good),
    ...paragraph("Otherwise", otherwise),
  ];
}
