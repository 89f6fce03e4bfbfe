import type { Layout } from "./layout.ts";
import type { CommandPlace } from "./next-steps.ts";
import { wrapText } from "./wrap.ts";

/** The first lines of all output about a sandbox. */
export function renderSimulated({ sandbox, keptOpen }: CommandPlace, layout: Layout): string[] {
  const simulated = sandbox ?? keptOpen;
  if (!simulated) return [];
  return [
    ...wrapText(`Simulated: Azure is a sandbox on this machine, world ${simulated.world}.`, layout.width),
    `guest: ${simulated.guest} (${guests[simulated.guest]})`,
  ].map((line) => layout.paint("doubt", line));
}

const guests = {
  modelled: "a model of Windows in TypeScript",
  pwsh: "the real scripts in PowerShell 7, on a simulated Windows",
};
