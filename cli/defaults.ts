import type { Result } from "../lib/core/problem.ts";
import { type Profile, profileName, readProfiles } from "./config-file.ts";
import { type OutputName, outputNames } from "./flags.ts";
import type { Options } from "./options.ts";
import { worldVariable } from "./place.ts";
import { refuse } from "./refuse.ts";
import type { Terminal } from "./terminal.ts";

/** What a command line leaves to the profile. */
export interface Defaults {
  readonly profile: Profile;
  readonly output: OutputName;
}

/** The defaults of the profile in use, and the form of the output by flags and profile. */
export function readDefaults(options: Options, environment: Terminal["environment"]): Result<Defaults> {
  const profiles = readProfiles(environment);
  if (!profiles.ok) return profiles;
  const name = profileName(options.profile, environment);
  const found = profiles.value[name];
  const isNamed = options.profile !== undefined || Boolean(environment.RDP_REMEDIATION_PROFILE);
  if (!found && isNamed) {
    const known = Object.keys(profiles.value).join(", ") || "none yet";
    return refuse(
      `There is no profile "${name}" (there are: ${known}). Make it: config set NAME=VALUE --profile ${name}.`,
    );
  }
  const profile = isInSandbox(options, environment) ? withoutPlaces(found) : (found ?? {});
  const output = outputOf(options, profile);
  return output.ok ? { ok: true, value: { profile, output: output.value } } : output;
}

/** For the commands that change the profiles: they must work where a profile does not. */
export function noDefaults(options: Options): Result<Defaults> {
  const output = outputOf(options, {});
  return output.ok ? { ok: true, value: { profile: {}, output: output.value } } : output;
}

/** A sandbox is never mistaken for what a profile names, nor the other way round. */
function isInSandbox({ sandbox }: Options, environment: Terminal["environment"]): boolean {
  return sandbox !== undefined || Boolean(environment[worldVariable]);
}

function withoutPlaces({ service: _, subscription: __, group: ___, ...rest }: Profile = {}): Profile {
  return rest;
}

function outputOf({ output, json, query }: Options, profile: Profile): Result<OutputName> {
  if (json && output !== undefined && output !== "json") {
    return refuse(`--json and --output ${output} contradict each other. Give one of them.`);
  }
  if (query !== undefined && output === "text") return refuse("--query needs another --output than text.");
  const preset = outputNames.find((name) => name === profile.output) ?? "text";
  const given = json ? "json" : (output ?? preset);
  return { ok: true, value: query !== undefined && given === "text" ? "json" : given };
}
