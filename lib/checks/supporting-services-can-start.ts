import { isCryptoService } from "../core/change.ts";
import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import { type SupportingServiceName, supportingServices } from "../core/supporting-services.ts";
import { type Context, judgeFrom, readable, type Section, worstResult } from "./_section.ts";
import { unlessWorking } from "./_works.ts";

type Disabled = Section<"supportingServices">["disabled"][number];

/**
 * The services that Remote Desktop needs beside its own. Only the start type Disabled is evidence: Manual instead of
 * Automatic is common, and works. Some of them are needed for the network or a log-on, which no handshake on the VM
 * shows. [CON][CRT][NET]
 */
export const supportingServicesCanStart: Check = {
  id: "supporting-services-can-start",
  title: "No service that Remote Desktop needs is disabled",
  run: judgeFrom(["supportingServices"], ({ supportingServices: { disabled, missingServices } }, context) => {
    const results = disabled.flatMap((service) => judge(service, context) ?? []);
    const fault = worstResult(results);
    if (fault?.verdict === "faulty") return fault;
    if (missingServices.length > 0) {
      return noted(
        `This Windows has no service ${missingServices.join(", ")}. Repair Windows itself if log-ons or names fail.`,
      );
    }
    if (results.length > 1)
      return noted(
        results
          .map(({ because }) => because.split(".")[0])
          .join("; ")
          .concat("."),
      );
    return fault ?? healthy("None of the services that Remote Desktop needs is disabled.");
  }),
};

function judge(service: Disabled, context: Context): CheckResult | null {
  const { name, state } = service;
  const { breaks } = supportingServices[name];
  const is = `${name} is disabled (state ${state})`;
  switch (breaks) {
    case "tls":
      return unlessWorking(
        faulty(
          `${is}, so that ${name === "KeyIso" ? "private keys do not open" : "no certificate can be used"}.`,
          isCryptoService(name) ? ["enable-crypto-services"] : [],
          { [name]: "Disabled" },
        ),
        context.evidence,
      );
    case "rpc":
      return noted(`${is}: Windows does not start again after a restart. Run this before one: ${commandFor(name)}`);
    case "network":
      return judgeNetwork(service, is, context);
    case "domain":
      return judgeDomain(service, is, context);
    case "category":
      return judgeCategory(service, is, context);
    case "log-on":
      return judgeLogOn(service, is);
    case "nothing":
      return noted(`${is}. Remote Desktop itself does not need it.`);
  }
}

/** One that still runs is lost at the next start of Windows. Without DHCP a VM with fixed addresses needs no client. */
function judgeNetwork({ name, state }: Disabled, is: string, { guest }: Context): CheckResult {
  const network = readable(guest.guestNetwork);
  if (name === "Dhcp" && network && network.inOrder === 0) {
    return noted(`${is}, and no adapter uses DHCP.`);
  }
  if (state === "Stopped") {
    const harm = name === "Dhcp" ? "the VM loses its address when the lease ends" : "the VM has no network";
    return faulty(`${is}: ${harm}. Run on the VM: ${commandFor(name)}`, [], { [name]: "Disabled" });
  }
  return noted(`${is}: the VM has no network after its next start. Run this before: ${commandFor(name)}`);
}

/**
 * What a log-on needs, which no handshake shows. Without the other two, administrators get in with a message, "Failed to
 * connect to a Windows service". [SVC] Windows protects some: the service manager may refuse to configure these.
 */
function judgeLogOn({ name, state }: Disabled, is: string): CheckResult {
  const isForAll = name === "ProfSvc";
  const harm = isForAll
    ? "no user profile is loaded, so that nobody can log on"
    : "users who are no administrators may be refused";
  const command = `Run on the VM: ${commandFor(name)}. If Windows refuses, set Start to 2 in Services\\${name} of the registry and restart it.`;
  if (state !== "Stopped") return noted(`${is}: after its next start ${harm}. ${command}`);
  return isForAll
    ? faulty(`${is}: ${harm}. ${command}`, [], { [name]: "Disabled" })
    : noted(`${is}: ${harm}. ${command}`);
}

/** Without NlaSvc Windows gives a network no other category than the last one, or Public. */
function judgeCategory({ name }: Disabled, is: string, { guest }: Context): CheckResult {
  const profiles = readable(guest.firewall)?.profiles ?? [];
  const isPublic = profiles.some((profile) => profile.active && profile.name === "Public");
  if (!isPublic) return noted(`${is}. Remote Desktop itself does not need it.`);
  return noted(
    `${is}, which is the likely cause that the network is Public: the firewall's rules for Domain and Private do not apply. Run on the VM: ${commandFor(name)}`,
  );
}

function judgeDomain({ name, state }: Disabled, is: string, { guest }: Context): CheckResult {
  const member = readable(guest.system)?.domainJoined;
  if (member !== true) return noted(`${is}. Only members of a domain need it.`);
  if (state === "Running") return noted(`${is}: domain accounts cannot log on after the next start of Windows.`);
  return faulty(
    `${is}, and the VM is a member of a domain: domain accounts cannot log on. Use a local account, and run: ${commandFor(name)}`,
    [],
    { [name]: "Disabled" },
  );
}

/** The exact command that restores the start mode of Windows and, where that is possible, starts the service. */
function commandFor(name: SupportingServiceName): string {
  const { startMode, breaks } = supportingServices[name];
  const mode = { Boot: "boot", System: "system", Auto: "auto", Manual: "demand" }[startMode];
  // The service manager refuses to configure these three; only the registry can.
  if (breaks === "rpc") {
    return `reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name} /v Start /t REG_DWORD /d 2 /f`;
  }
  return `sc.exe config ${name} start= ${mode} && sc.exe start ${name}`;
}
