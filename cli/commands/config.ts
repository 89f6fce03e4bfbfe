import { ok, type Result } from "../../lib/core/problem.ts";
import {
  configPath,
  type Profile,
  type ProfileField,
  profileFieldNames,
  profileFields,
  profileName,
  readProfiles,
  writeProfiles,
} from "../config-file.ts";
import { refuse } from "../refuse.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Lists the profiles and their values. */
export async function listConfig(request: Request): Promise<Result<Report>> {
  const { environment } = request.terminal;
  const profiles = readProfiles(environment);
  if (!profiles.ok) return profiles;
  const active = profileName(request.options.profile, environment);
  const path = configPath(environment);
  return ok({
    data: { path, active, profiles: profiles.value },
    text: () => [
      path,
      ...Object.entries(profiles.value).flatMap(([name, profile]) => [
        `${name}${name === active ? " (in use)" : ""}`,
        ...Object.entries(profile).map(([field, value]) => `  ${field} = ${value}`),
      ]),
      ...(Object.keys(profiles.value).length === 0
        ? ["No profile yet.", ...profileFieldNames.map((name) => `  ${name.padEnd(13)} ${profileFields[name].means}`)]
        : []),
    ],
    exitCode: 0,
  });
}

/** Prints one value of the profile in use, alone, for scripts. */
export async function getConfig(request: Request): Promise<Result<Report>> {
  const field = readField(request.operand);
  if (!field.ok) return field;
  const profile = readProfile(request);
  if (!profile.ok) return profile;
  const value = profile.value[field.value];
  if (value === undefined) return refuse(`${field.value} is not set. Set it: config set ${field.value}=VALUE.`);
  return ok({ data: { [field.value]: value }, text: () => [value], exitCode: 0 });
}

/** Sets one value of the profile in use. */
export async function setConfig(request: Request): Promise<Result<Report>> {
  const { operand = "" } = request;
  const at = operand.indexOf("=");
  if (at < 0) return refuse(`Give what to set, e.g. config set service=https://rdp.contoso.com.`);
  const field = readField(operand.slice(0, at));
  if (!field.ok) return field;
  const value = operand.slice(at + 1).trim();
  const wrong = value === "" ? "must not be empty; config unset removes it" : profileFields[field.value].wrong(value);
  if (wrong !== null) return refuse(`${field.value} ${wrong}.`);
  return change(request, (profile) => ({ ...profile, [field.value]: value }));
}

/** Removes one value of the profile in use. */
export async function unsetConfig(request: Request): Promise<Result<Report>> {
  const field = readField(request.operand);
  if (!field.ok) return field;
  return change(request, ({ [field.value]: _, ...profile }) => profile);
}

function change(request: Request, to: (profile: Profile) => Profile): Result<Report> {
  const { environment } = request.terminal;
  const profiles = readProfiles(environment);
  if (!profiles.ok) return profiles;
  const name = profileName(request.options.profile, environment);
  const profile = to(profiles.value[name] ?? {});
  const { [name]: _, ...others } = profiles.value;
  const written = writeProfiles(Object.keys(profile).length > 0 ? { ...others, [name]: profile } : others, environment);
  if (!written.ok) return written;
  return ok({ data: profile, text: () => [`Wrote profile ${name} to ${written.value}.`], exitCode: 0 });
}

function readProfile({ options, terminal }: Request): Result<Profile> {
  const profiles = readProfiles(terminal.environment);
  return profiles.ok ? ok(profiles.value[profileName(options.profile, terminal.environment)] ?? {}) : profiles;
}

function readField(typed: string | undefined): Result<ProfileField> {
  const field = profileFieldNames.find((name) => name === typed);
  if (field) return ok(field);
  return refuse(
    typed === undefined
      ? `Which value? Name one of ${profileFieldNames.join(", ")}.`
      : `There is no value "${typed}". There are: ${profileFieldNames.join(", ")}.`,
  );
}
