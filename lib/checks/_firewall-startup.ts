import { type CheckResult, faulty } from "../core/check.ts";
import { type FirewallSection, isUnreadable } from "../core/guest-evidence.ts";
import { brief, fitting } from "./_section.ts";

/** Below HKLM\\SYSTEM\\CurrentControlSet. */
const loopbackValue = "Services\\mpssvc\\Parameters\\AppCs\\DebugedLoopbackApps";

/**
 * Why the firewall's service does not run, and what to do. Without it the filters of the boot stay, and every connection
 * from outside is dropped, ping too, while the agent and the listener work. [FWS]
 */
export function judgeStoppedFirewall({ service, startup }: FirewallSection): CheckResult {
  const state = `The service MpsSvc is ${brief(service)}, so that the filters of the boot drop what comes from outside`;
  const facts = { MpsSvc: service, ...factsOf(startup) };
  const stop = (...sentences: string[]) => faulty(fitting(...sentences), [], facts);
  const engine = startup?.engine;
  if (startup && !engine)
    return stop(`${state}. It depends on the service BFE, which does not exist: Windows is damaged.`);
  if (engine && engine.startMode === "Disabled") {
    return stop(
      `${state}. BFE, on which it depends, is disabled.`,
      `Set both to Automatic and start them: ${startOf("BFE")}; ${startOf("MpsSvc")}.`,
      ifRefused("BFE"),
    );
  }
  if (startup?.startMode === "Disabled") {
    return stop(
      `${state}. It is disabled. Set it to Automatic and start it: ${startOf("MpsSvc")}.`,
      ifRefused("MpsSvc"),
    );
  }
  if (engine && engine.state !== "Running") {
    return stop(
      `${state}. The service BFE, on which it depends, is ${brief(engine.state)}: Start-Service BFE, then Start-Service MpsSvc.`,
    );
  }
  return stop(`${state}.`, ...causeOfFailure(startup));
}

/** Whether nothing is known that keeps the firewall's service from starting with Windows. */
export function startsByItself({ startup }: FirewallSection): boolean {
  if (!startup) return true;
  const { startMode, engine, loopbackApps } = startup;
  const dies = loopbackApps !== null && !isUnreadable(loopbackApps) && loopbackApps.type !== "String";
  return startMode === "Auto" && engine?.startMode === "Auto" && !dies;
}

/** As `sc.exe` sets it; the order of the words is the one that it takes. */
export function startOf(service: string): string {
  return `sc.exe config ${service} start= auto, then Start-Service ${service}`;
}

function ifRefused(service: string): string {
  return `If Windows refuses, set Start to 2 in Services\\${service} of the registry and restart the VM.`;
}

const codes = "7000, 7001, 7009, 7023, 7024, 7031, 7034";

/** Sentences, the most important first. */
function causeOfFailure(startup: FirewallSection["startup"]): string[] {
  const apps = startup?.loopbackApps;
  const failed = startup?.failures.length ? `Within a day: ${startup.failures.map(describeFailure).join(", ")}.` : "";
  const remove = [
    `Save the value ${loopbackValue}, then delete it with SeBackupPrivilege and SeRestorePrivilege (the key denies access to SYSTEM too). The service starts within 30 seconds.`,
    failed,
  ];
  if (apps && isUnreadable(apps)) {
    return [
      "Start it: Start-Service MpsSvc.",
      failed,
      `${loopbackValue}, which may stop it, could not be read (${brief(apps.unreadable)}).`,
    ];
  }
  if (apps && apps.type !== "String") {
    return [`It dies of DebugedLoopbackApps, which is of the type ${brief(apps.type)} and not REG_SZ.`, ...remove];
  }
  if (apps && apps.characters > 0 && failed) {
    return [`It may die of DebugedLoopbackApps (${apps.characters} characters), if it cannot parse it.`, ...remove];
  }
  const look = failed || `If it fails, look for the events ${codes} of the Service Control Manager.`;
  return ["Start it: Start-Service MpsSvc. Windows without its firewall is not supported.", look];
}

function describeFailure({ id, status, count }: { id: number; status: string | null; count: number }): string {
  return `${id}${status ? ` (${brief(status)})` : ""} ${count} times`;
}

function factsOf(startup: FirewallSection["startup"]): Record<string, string | number> {
  if (!startup) return {};
  const { startMode, engine, loopbackApps, failures } = startup;
  return {
    "MpsSvc start": startMode ?? "absent",
    BFE: engine ? `${engine.state}, ${engine.startMode}` : "absent",
    DebugedLoopbackApps:
      loopbackApps === null
        ? "absent"
        : isUnreadable(loopbackApps)
          ? "unreadable"
          : `${loopbackApps.type}, ${loopbackApps.characters} characters`,
    ...Object.fromEntries(failures.map((one) => [`event ${one.id}${one.status ? ` (${one.status})` : ""}`, one.count])),
  };
}
