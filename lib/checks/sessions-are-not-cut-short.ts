import { type Check, healthy, noted } from "../core/check.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { registryPath } from "../core/registry-value.ts";
import { numberAt } from "./_registry.ts";
import { brief, fitting, judgeFrom } from "./_section.ts";

/** Baselines ask for 15 minutes without input (CIS). What is shorter is told; our choice. */
const shortMs = 900_000;

/**
 * What ends a session soon after it began, although everything before it works: time limits, a program in place of the
 * desktop, and a local switch that is off beneath a policy that is on. Each may be meant, so that all are notes.
 */
export const sessionsAreNotCutShort: Check = {
  id: "sessions-are-not-cut-short",
  title: "No policy ends a session soon after it began",
  run: judgeFrom(["registry"], ({ registry }) => {
    const found = [
      limit(registry, "MaxConnectionTime", "Every session ends", "Set time limit for active sessions"),
      limit(registry, "MaxIdleTime", "A session without input ends", "Set time limit for idle sessions"),
      program(registry),
      switchBeneath(registry),
    ].filter((one) => one !== null);
    if (found.length === 0) {
      return healthy("No policy limits sessions to less than 15 minutes, or starts a program in place of the desktop.");
    }
    const facts = Object.fromEntries(found.map(({ name, data }) => [name, data]));
    return noted(fitting(...found.map(({ sentence }) => sentence)), facts);
  }),
};

interface Told {
  readonly name: string;
  readonly data: number | string;
  readonly sentence: string;
}

/** 0 is no limit. [STL] */
function limit(
  registry: RegistrySection,
  name: "MaxConnectionTime" | "MaxIdleTime",
  what: string,
  policy: string,
): Told | null {
  const ms = numberAt(registry, `policy/${name}`);
  if (!ms || ms >= shortMs) return null;
  const sentence = `${what} after ${Math.round(ms / 1000)} s: policy "${policy}" (${name}; see gpresult /h).`;
  return { name, data: ms, sentence };
}

/** The session ends with the program, and at once when it is not there. [PROG] */
function program(registry: RegistrySection): Told | null {
  const value = registry["policy/InitialProgram"];
  if (value?.type !== "string" && value?.type !== "expand-string") return null;
  if (!value.data.trim()) return null;
  const sentence = `Each session starts ${brief(value.data, 80)} in place of the desktop and ends with it, at once where it is missing (policy InitialProgram).`;
  return { name: "InitialProgram", data: brief(value.data), sentence };
}

/**
 * While Group Policy is applied again, its values are deleted for a moment, and the local ones count: Windows may then end
 * every session. [GPR]
 */
function switchBeneath(registry: RegistrySection): Told | null {
  const local = numberAt(registry, "terminal-server/fDenyTSConnections");
  if (numberAt(registry, "policy/fDenyTSConnections") !== 0 || !local) return null;
  const sentence = `A policy turns Remote Desktop on, and ${registryPath("terminal-server/fDenyTSConnections")} turns it off: a refresh of Group Policy may end all sessions for a moment. Set the local value to 0 as well, if sessions drop every 90 minutes.`;
  return { name: "fDenyTSConnections beneath the policy", data: local, sentence };
}
