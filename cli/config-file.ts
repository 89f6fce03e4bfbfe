import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Result } from "../lib/core/problem.ts";
import { outputNames } from "./flags.ts";
import { refuse } from "./refuse.ts";
import type { Terminal } from "./terminal.ts";

type Environment = Terminal["environment"];

/** What a profile can hold: for each name what it means, and what is wrong with a value, if anything. */
export const profileFields = {
  service: {
    means: "URL of the service that the commands talk to",
    wrong: (value: string) =>
      isServiceUrl(value) ? null : "must be an https URL; plain http is for this machine only",
  },
  subscription: {
    means: "id of the subscription of VMs that are named by --name",
    wrong: (value: string) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) ? null : "must be a GUID"),
  },
  group: { means: "resource group of VMs that are named by --name", wrong: () => null },
  output: {
    means: `form of the output: ${outputNames.join(", ")}`,
    wrong: (value: string) =>
      outputNames.some((name) => name === value) ? null : `must be one of ${outputNames.join(", ")}`,
  },
  "time-zone": {
    means: "zone of the times that are shown, e.g. Europe/Berlin",
    wrong: (value: string) => (isTimeZone(value) ? null : "must be a time zone of the IANA database, or UTC"),
  },
} as const;

export type ProfileField = keyof typeof profileFields;
export const profileFieldNames = Object.keys(profileFields) as ProfileField[];

export type Profile = { readonly [Name in ProfileField]?: string };
export type Profiles = { readonly [name: string]: Profile };

export const defaultProfile = "default";

/** Where the profiles are kept: the folder of the platform for settings of a user. */
export function configPath(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const { RDP_REMEDIATION_CONFIG, APPDATA, XDG_CONFIG_HOME } = environment;
  if (RDP_REMEDIATION_CONFIG) return RDP_REMEDIATION_CONFIG;
  const folders = {
    win32: APPDATA || join(homedir(), "AppData", "Roaming"),
    darwin: join(homedir(), "Library", "Application Support"),
  };
  const folder = platform === "win32" || platform === "darwin" ? folders[platform] : null;
  return join(folder ?? (XDG_CONFIG_HOME || join(homedir(), ".config")), "rdp-remediation", "config.json");
}

/** The name of the profile that is in use. */
export function profileName(given: string | undefined, environment: Environment): string {
  return given ?? (environment.RDP_REMEDIATION_PROFILE || defaultProfile);
}

/** All profiles; none when there is no file. A file that cannot be used is a problem that names it and the mistake. */
export function readProfiles(environment: Environment): Result<Profiles> {
  const path = configPath(environment);
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    if (isMissing(error)) return { ok: true, value: {} };
    return unusable(path, error instanceof Error ? error.message : String(error));
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return unusable(path, `it is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  const wrong = mistakeIn(read);
  return wrong === null ? { ok: true, value: (read as { profiles: Profiles }).profiles } : unusable(path, wrong);
}

/** Writes the profiles; the file is there whole or not at all. Only its owner may read it. */
export function writeProfiles(profiles: Profiles, environment: Environment): Result<string> {
  const path = configPath(environment);
  const beside = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, path);
    return { ok: true, value: path };
  } catch (error) {
    return refuse(
      `The configuration ${path} could not be written: ${error instanceof Error ? error.message : error}. Set RDP_REMEDIATION_CONFIG to a file that can be written.`,
    );
  }
}

function unusable(path: string, why: string): Result<never> {
  return refuse(
    `The configuration ${path} cannot be used: ${why}. Correct it, or delete it and set it anew with config set.`,
  );
}

/** What is wrong with the contents of the file, as a sentence without its end; `null`: nothing. */
function mistakeIn(read: unknown): string | null {
  const profiles = isObject(read) ? read.profiles : undefined;
  if (!isObject(profiles)) return 'it has no object "profiles"';
  for (const [name, profile] of Object.entries(profiles)) {
    if (!isObject(profile)) return `profile ${name} is no object`;
    for (const [field, value] of Object.entries(profile)) {
      const known = profileFieldNames.find((one) => one === field);
      if (!known) return `profile ${name} has "${field}", which is none of ${profileFieldNames.join(", ")}`;
      if (typeof value !== "string") return `"${field}" of profile ${name} is no text`;
      const wrong = profileFields[known].wrong(value);
      if (wrong !== null) return `"${field}" of profile ${name} ${wrong}`;
    }
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** A token must not travel in the clear. */
export function isServiceUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.search || url.hash || url.username) return false;
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isHere);
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
