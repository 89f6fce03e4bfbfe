import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import { lacksPrivilege, serviceLibraries } from "../core/supporting-services.ts";
import { brief, type Context, judgeFrom, readable, type Section, worstResult } from "./_section.ts";
import { handshakeWorks } from "./_works.ts";

type Obstacle = Section<"supportingServices">["obstacles"][number];

/**
 * Why TermService or SessionEnv cannot start, where it is known: another library or program in the place of Windows'
 * own, a dependency that is missing or disabled, or the exit code of the last start. Programs that let more people log
 * on at the same time replace the library; an update of Windows or a virus scanner then makes it fail. [RDPW][SCM]
 */
export const rdpServicesCanStart: Check = {
  id: "rdp-services-can-start",
  title: "Nothing prevents the services behind Remote Desktop from starting",
  run: judgeFrom(["supportingServices"], ({ supportingServices: { obstacles } }, context) => {
    const results = obstacles.flatMap((obstacle) => judge(obstacle, context));
    return (
      worstResult(results) ??
      healthy("TermService and SessionEnv run Windows' own libraries, and nothing is known to stop them.")
    );
  }),
};

function judge(obstacle: Obstacle, context: Context): CheckResult[] {
  const { service, library, image, blockedBy = [], exitCode, specificCode } = obstacle;
  const found: CheckResult[] = [];
  if (library) found.push(judgeLibrary(service, library, obstacle, context));
  if (image !== undefined) {
    const path = brief(image);
    found.push(
      judgeBeside(
        service,
        `${service} starts ${path || "nothing"} instead of Windows' svchost.exe. Compare ImagePath with another VM of the same build, and set it back.`,
        context,
      ),
    );
  }
  for (const { name, problem } of blockedBy) {
    const cure = problem === "disabled" ? `sc.exe config ${brief(name)} start= auto` : "correct DependOnService";
    found.push(
      judgeBeside(
        service,
        `${service} depends on ${brief(name)}, which is ${problem}. Run on the VM: ${cure}.`,
        context,
      ),
    );
  }
  if (exitCode !== undefined && found.length === 0) {
    const code = specificCode === undefined ? exitCode : `${exitCode}, service-specific ${specificCode}`;
    const next = exitCode === lacksPrivilege ? privileges : "See event 7000, 7001, 7023 or 7024 in the System log.";
    found.push(
      judgeBeside(
        service,
        `The last start of ${service} failed with exit code ${code}${meaningOf(exitCode)}. ${next}`,
        context,
      ),
    );
  }
  return found;
}

function judgeLibrary(
  service: Obstacle["service"],
  { path, exists, company }: NonNullable<Obstacle["library"]>,
  { exitCode }: Obstacle,
  context: Context,
): CheckResult {
  const known = /rdpwrap|termwrap|superrdp/i.exec(path)?.[0];
  const whose = company ? `of ${brief(company)}` : known ? `of the RDP wrapper ${known}` : "of an unknown maker";
  const named = path === "" ? "no library" : `the library ${brief(path)}`;
  const isOwn = path.toLowerCase() === serviceLibraries[service].replace("%SystemRoot%", "C:\\Windows").toLowerCase();
  const facts = { ServiceDll: path, exists, company, exitCode: exitCode ?? null };
  if (isOwn) {
    return judgeBeside(
      service,
      `${service} needs ${brief(path)}, and that file is missing. Restore it with: sfc /scannow`,
      context,
      facts,
    );
  }
  const says = `ServiceDll of ${service} names ${named} (${exists ? whose : "the file is missing"}) instead of Windows' own`;
  if (handshakeWorks(context.evidence) === true) {
    return noted(`${says}. Remote Desktop works with it; the next update of Windows may break it.`, facts);
  }
  if (service === "SessionEnv") {
    return faulty(`${says}. Set it back to ${serviceLibraries.SessionEnv} (REG_EXPAND_SZ).`, [], facts);
  }
  if (!exists) return faulty(`${says}.`, ["restore-termservice-library"], facts);
  return faulty(`${says}. Uninstall the product, or set it back by name: restore-termservice-library.`, [], facts);
}

/** A fault beside a service that does not run; a note where Remote Desktop works. */
function judgeBeside(
  service: Obstacle["service"],
  because: string,
  { guest, evidence }: Context,
  facts: Record<string, string | boolean | number | null> = {},
): CheckResult {
  const services = readable(guest.services);
  const runs = services?.[service]?.state === "Running";
  const works = isUnreadable(guest.handshake) ? runs : handshakeWorks(evidence) === true;
  return works || (service === "SessionEnv" && runs) ? noted(because, facts) : faulty(because, [], facts);
}

/** What a policy of user rights took from the account, as it may after an upgrade or with a baseline. [PRV] */
const privileges =
  "Give NETWORK SERVICE these rights back where they are set (User Rights Assignment of Group Policy or the local policy): Adjust memory quotas for a process, Generate security audits, Replace a process level token.";

/** The codes of Win32 that a service ends with most often. [WERR] */
const meanings: Record<number, string> = {
  2: "a file was not found",
  5: "access denied",
  126: "its library, or one that it needs, was not found",
  127: "its library lacks a function",
  193: "its library is not for this Windows",
  1053: "it did not answer in time",
  1058: "it is disabled, or a service that it needs is",
  1067: "its process ended unexpectedly",
  1068: "a service that it depends on did not start",
  1069: "its account could not log on",
  1079: "its account differs from that of its process",
  [lacksPrivilege]: "its account lacks a privilege that it needs",
  1290: "the type of its service SID differs from that of its process",
  1455: "the paging file is too small",
};

function meaningOf(code: number): string {
  const meaning = meanings[code];
  return meaning ? ` (${meaning})` : "";
}
