import { fail, ok, type Result } from "../lib/core/problem.ts";
import { type CommandName, commandOf } from "./command-table.ts";
import type { FlagName } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/*
 * `npm run rdp repair VM --dry-run` without `--`, and npm 10's npm.ps1 even with it, take every flag for npm's own: the
 * program starts without `--dry-run` and would repair. npm exports what it took as `npm_config_dry_run`
 * (https://docs.npmjs.com/cli/v10/using-npm/config), so a flag that was lost can be told.
 */

/**
 * Flags that npm has as settings of its own, which people keep in their .npmrc: set there, they were not typed here.
 */
const settingsOfNpm: readonly FlagName[] = ["proxy"];

/** Refuses with `invalid-input` when npm took flags of this command before the program saw them. */
export function refuseLostFlags(
  command: CommandName,
  argv: readonly string[],
  { environment }: Pick<Terminal, "environment">,
): Result<void> {
  // A program that something else started lost no flags, even where npm is further up: in a script of a package, say.
  if (environment.npm_lifecycle_event !== "rdp") return ok(undefined);
  const lost = commandOf(command).flags.filter(
    (flag) => !settingsOfNpm.includes(flag) && isSetInNpm(flag, environment) && !isTyped(flag, argv),
  );
  if (lost.length === 0) return ok(undefined);
  return fail(
    "invalid-input",
    `npm took ${lost.map((flag) => `--${flag}`).join(" and ")} for a setting of its own, so ${command} never saw it. Nothing was done. Type "--" in front of the command: npm run -s rdp -- ${command} ... In PowerShell, npm 10 drops that "--"; there, start the program without npm: node_modules/.bin/node cli/main.ts ${command} ...`,
  );
}

function isSetInNpm(flag: FlagName, environment: Terminal["environment"]): boolean {
  const value = environment[`npm_config_${flag.replaceAll("-", "_")}`];
  // A switch of npm that is off reads "" or "false".
  return value !== undefined && value !== "" && value !== "false";
}

function isTyped(flag: FlagName, argv: readonly string[]): boolean {
  return argv.some((typed) => typed === `--${flag}` || typed.startsWith(`--${flag}=`));
}
