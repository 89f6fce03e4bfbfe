import type { Compilation } from "./compile-pwsh.ts";
import { type Installation, noSdk } from "./install.ts";
import type { Tool } from "./pinned.ts";

/** One sentence about a tool after `npm run tools`. */
export function describeInstallation(installation: Installation): string {
  const { tool } = installation;
  const title = upperFirst(tool.title);
  if (installation.state === "present") return `${title}: already there.`;
  if (installation.state === "installed") return `${title}: installed.`;
  const remedy =
    installation.reason === noSdk
      ? `install the .NET SDK 10 or newer, then run \`${commandFor(tool)}\``
      : `run \`${commandFor(tool)}\` again when that is fixed`;
  return `${title}: not installed, because ${installation.reason}; ${tool.neededBy} are skipped; ${remedy}.`;
}

/** One sentence about PowerShell after it was compiled ahead of time, or was not. */
export function describeCompilation(compilation: Compilation): string {
  if (compilation.state === "present") return "PowerShell compiled ahead of time: already there.";
  if (compilation.state === "compiled") return "PowerShell compiled ahead of time: done.";
  return `PowerShell compiled ahead of time: not done, because ${compilation.reason}; all tests run, and those with PowerShell take longer.`;
}

/** One sentence about a tool that a run of the tests does without. */
export function describeMissing(tool: Tool): string {
  return `${upperFirst(tool.title)}: not installed; ${tool.neededBy} are skipped; \`${commandFor(tool)}\` installs what is missing, with the .NET SDK.`;
}

function commandFor(tool: Tool): string {
  return tool.optional ? `npm run tools ${tool.name}` : "npm run tools";
}

/** One sentence about a PowerShell of the PATH that is used instead of the pinned one. */
export function describeSubstitute(tool: Tool, program: string, version: string): string {
  return `${upperFirst(tool.title)}: not installed; the tests use ${program}, which is ${version}; \`npm run tools\` installs the pinned version.`;
}

function upperFirst(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
