import type { Problem } from "../lib/core/problem.ts";
import { type CommandName, commandOf } from "./command-table.ts";
import type { FlagName } from "./flags.ts";
import { refuse } from "./refuse.ts";
import type { Terminal } from "./terminal.ts";

/*
 * Without `--`, `npm run rdp repair VM --dry-run` takes every flag as a setting of npm; npm.ps1 of npm 10 does so even
 * with `--`. The program would start without `--dry-run` and would repair. npm exports a flag that it took as
 * `npm_config_dry_run` (https://docs.npmjs.com/cli/v10/using-npm/config), so lost flags can be detected.
 */

/**
 * Flags that are also settings of npm. They may come from .npmrc, so their presence does not prove that they were typed.
 */
const settingsOfNpm: readonly FlagName[] = ["proxy"];

/** The problem when npm took flags of this command, so that the program did not get them; else `null`. */
export function refuseLostFlags(
  command: CommandName,
  argv: readonly string[],
  { environment }: Pick<Terminal, "environment">,
): Problem | null {
  // Only the program that npm started directly can have lost flags, not one that a package's script started.
  if (environment.npm_lifecycle_event !== "rdp") return null;
  const lost = commandOf(command).flags.filter(
    (flag) => !settingsOfNpm.includes(flag) && isSetInNpm(flag, environment) && !isTyped(flag, argv),
  );
  if (lost.length === 0) return null;
  return refuse(
    `npm took ${lost.map((flag) => `--${flag}`).join(" and ")} for a setting of its own, so ${command} never saw it. Nothing was done. Type "--" in front of the command: npm run -s rdp -- ${command} ... In PowerShell, npm 10 drops that "--"; there, start the program without npm: node_modules/.bin/node cli/main.ts ${command} ...`,
  ).problem;
}

function isSetInNpm(flag: FlagName, environment: Terminal["environment"]): boolean {
  const value = environment[`npm_config_${flag.replaceAll("-", "_")}`];
  // npm exports a switch that is off as "" or "false".
  return value !== undefined && value !== "" && value !== "false";
}

function isTyped(flag: FlagName, argv: readonly string[]): boolean {
  return argv.some((typed) => typed === `--${flag}` || typed.startsWith(`--${flag}=`));
}
