import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import type { SubsystemSection } from "../core/log-on.ts";
import { brief, judgeFrom, worstResult } from "./_section.ts";

const returns = "When Group Policy sets it (see gpresult /h), the policy's owner must change it there.";

/**
 * What starts a session after the password was accepted: Winlogon's programs, setup mode, profiles, RPC, and policies
 * that refuse programs. [LOG][APL]
 */
export const logOnSubsystemIsIntact: Check = {
  id: "log-on-subsystem-is-intact",
  title: "Windows can start a user's session",
  run: judgeFrom(["subsystem"], ({ subsystem }) => {
    const results = [
      ...subsystem.winlogon.map(judgeWinlogon),
      judgeSetup(subsystem.setup),
      judgeRpc(subsystem.rpcSplit),
      ...subsystem.appLocker.map(judgeAppLocker),
      judgeRestriction(subsystem.restricted),
      judgeProfiles(subsystem.profiles),
      judgeScripts(subsystem.scripts),
    ].filter((result) => result !== null);
    return (
      worstResult(results) ?? healthy("Userinit, Shell, profiles, RPC and program policies are as Windows needs them.")
    );
  }),
};

function judgeWinlogon({ value, data, own, missing }: SubsystemSection["winlogon"][number]): CheckResult {
  const path = `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\${value}`;
  const what = `${path} is ${data === null ? "absent" : `"${brief(data)}"`}`;
  const right = value === "Userinit" ? "C:\\Windows\\system32\\userinit.exe," : "explorer.exe";
  const advice = `A session ends, or stays black, as soon as it begins. Set it to ${right} with Run Command, after saving the former text.`;
  if (missing.length > 0)
    return faulty(`${what}, and ${missing.map((one) => brief(one)).join(", ")} does not exist. ${advice}`, []);
  if (!own) return faulty(`${what}, which does not start Windows' own program. ${advice}`, []);
  return noted(`${what}: another program starts with each session.`);
}

function judgeSetup(setup: SubsystemSection["setup"]): CheckResult | null {
  if (!setup) return null;
  const what = `Windows is in setup mode (HKLM\\SYSTEM\\Setup\\SetupType is ${setup.type}), in which its command runs before anybody can log on`;
  if (!setup.exists) {
    return faulty(
      `${what}, and the command "${brief(setup.command)}" does not exist. Set SetupType to 0 and restart.`,
      [],
    );
  }
  return noted(`${what}: "${brief(setup.command)}".`);
}

function judgeRpc(split: boolean): CheckResult | null {
  if (!split) return null;
  return faulty(
    "RpcSs and RpcEptMapper have different ImagePaths and run in two processes, so that the log-on screen fails. Give RpcEptMapper the ImagePath of RpcSs as REG_EXPAND_SZ, letter for letter, and restart the VM.",
    [],
  );
}

function judgeAppLocker({ collection, denies, allows }: SubsystemSection["appLocker"][number]): CheckResult {
  const where = `AppLocker enforces its ${collection} rules`;
  const advice = `A session stays black. Events 8004 and 8007 of Microsoft-Windows-AppLocker name the file. ${returns} Deleting the keys is not enough: System32\\AppLocker keeps the rules.`;
  if (denies) return faulty(`${where}, and one denies Windows' own programs to everybody. ${advice}`, []);
  if (allows === "nobody") return faulty(`${where}, and none allows Windows' own programs. ${advice}`, []);
  return noted(`${where}, and only Administrators may run Windows' own programs: other users get a black screen.`);
}

function judgeRestriction(restricted: SubsystemSection["restricted"]): CheckResult | null {
  if (!restricted) return null;
  const what = "A software restriction policy has the level Disallowed (Safer\\CodeIdentifiers\\DefaultLevel is 0)";
  if (restricted.allows) return noted(`${what}, and a rule allows Windows' own programs.`);
  return faulty(`${what}, and no rule allows Windows' own programs: log-ons are refused. ${returns}`, []);
}

function judgeProfiles(profiles: SubsystemSection["profiles"]): CheckResult | null {
  if (!profiles) return null;
  const { backup, temporary, missing } = profiles;
  const what = `${backup} user profiles have a twin .bak, ${temporary} are temporary, and ${missing} have lost their folder`;
  if (backup + temporary === 0) return noted(`${what}: their users get a new profile.`);
  return faulty(
    `${what}. Their users get a temporary profile, or none; others log on. Repair HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList for these users: rename the twin back, and remove State.`,
    [],
    { backup, temporary, missing },
  );
}

function judgeScripts(scripts: number): CheckResult | null {
  if (scripts === 0) return null;
  return noted(
    `${scripts} start-up or log-on scripts of the local policy run before the desktop: one that hangs delays it.`,
  );
}
