import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import type { SubsystemSection } from "../core/log-on.ts";
import { brief, fitting, judgeFrom, worstResult } from "./_section.ts";

const returns = "When a policy sets it (see gpresult /h, or Intune), the policy's owner must change it there.";

/**
 * What starts a session after the password was accepted: Winlogon's programs, setup mode, profiles, RPC, and policies
 * that refuse programs. [LOG][APL]
 */
export const logOnSubsystemIsIntact: Check = {
  id: "log-on-subsystem-is-intact",
  title: "Windows can start a user's session",
  run: judgeFrom(["subsystem"], ({ subsystem }) => {
    const results = [
      ...subsystem.winlogon.map((value) => judgeWinlogon(value, subsystem.core)),
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

type WinlogonValue = SubsystemSection["winlogon"][number];

function judgeWinlogon(entry: WinlogonValue, core: boolean): CheckResult {
  const { value, data, own, missing } = entry;
  const path = `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\${value}`;
  const what = `${path} is ${data === null ? "absent" : `"${brief(data)}"`}`;
  const isChosenShell = value === "Shell" && !own && Boolean(data?.trim());
  const gone = isChosenShell ? missing.filter(hasPath) : missing;
  const advice = `A session ends, or stays black, as soon as it begins. Set it to ${usual(value, core)} with Run Command, after saving the former text.`;
  if (gone.length > 0) {
    return faulty(`${what}, and ${gone.map((one) => brief(one)).join(", ")} does not exist. ${advice}`, []);
  }
  if (isChosenShell) return noted(chosenShell(what, entry, core));
  if (!own) return faulty(`${what}, which does not start Windows' own program. ${advice}`, []);
  return noted(`${what}: another program starts with each session.`);
}

/** A kiosk, PowerShell on Server Core: an owner may choose the shell. A user's own Path may hold one without a path. */
function chosenShell(what: string, { missing }: WinlogonValue, core: boolean): string {
  const notFound = missing.length > 0 ? ", which is not in Windows' folders, Path or App Paths" : "";
  return `${what}${notFound}: sessions start it in the place of the desktop. If nobody chose that, set it to ${usual("Shell", core)}.`;
}

function usual(value: WinlogonValue["value"], core: boolean): string {
  if (value === "Userinit") return "C:\\Windows\\system32\\userinit.exe,";
  return core ? "cmd.exe (Server Core has no explorer.exe)" : "explorer.exe";
}

function hasPath(command: string): boolean {
  return /^"?([a-z]:|\\)/i.test(command.trim());
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
  const advice = `A session stays black. AppLocker events 8004 and 8007 name the file. ${returns} Deleting the keys is not enough: System32\\AppLocker keeps the rules.`;
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
  if (temporary > 0) {
    return faulty(
      fitting(
        `${what}. Their users get a temporary profile, or none; others log on.`,
        "Repair HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList for these users: rename the twin back, and remove State.",
        "Where FSLogix keeps them, see its log first.",
      ),
      [],
      { backup, temporary, missing },
    );
  }
  // A twin may be left of a profile that was repaired, or whose user is gone: it proves no failure. [LOG]
  const told =
    backup > 0
      ? "a twin alone may be left over; a user of one may get a temporary profile"
      : "their users get a new profile";
  return noted(`${what}: ${told}.`, { backup, temporary, missing });
}

function judgeScripts(scripts: number): CheckResult | null {
  if (scripts === 0) return null;
  return noted(
    `${scripts} start-up or log-on scripts of the local policy run before the desktop: one that hangs delays it.`,
  );
}
