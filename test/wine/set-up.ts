import type { TestProject } from "vitest/node";
import { isInstalled } from "../../scripts/tools/locate.ts";
import { pinnedTools } from "../../scripts/tools/pinned.ts";
import { type Machine, makeMachine, removeMachine } from "./machine.ts";
import { findWine } from "./wine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** `null`: every test of the suite is skipped. */
    machine: Machine | null;
  }
}

/** Makes one machine for the whole suite, or says in one sentence why the suite is skipped and what to do. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const lacking = [pinnedTools.powershell, pinnedTools["windows-runtime"]].filter((tool) => !isInstalled(tool));
  const wine = await findWine();
  const machine = typeof wine === "string" || lacking.length > 0 ? null : await makeMachine(wine);
  project.provide("machine", machine);
  if (machine) return () => removeMachine(machine);
  const reason =
    typeof wine === "string"
      ? `${wine}; CONTRIBUTING.md says how to get it`
      : `${lacking.map(({ title }) => title).join(" and ")} not installed; \`npm run tools ${lacking.map(({ name }) => name).join(" ")}\` installs what is missing`;
  console.warn(`All tests under Wine are skipped: ${reason}.`);
  return undefined;
}
