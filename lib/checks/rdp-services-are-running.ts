import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { ServiceFacts } from "../core/guest-evidence.ts";
import { certificateOwner } from "../core/rdp-certificate.ts";
import { hasDefaultAccount, isHung } from "../core/rdp-services.ts";
import { type RdpService, rdpServiceDefaults } from "../core/windows.ts";
import { occurrences } from "./_events.ts";
import { brief, type Context, fitting, judgeFrom, readable, worstResult } from "./_section.ts";
import { whileStarting } from "./_starting.ts";
import { unlessWorking } from "./_works.ts";

const services = ["TermService", "SessionEnv", "UmRdpService"] as const satisfies readonly RdpService[];
const restart = ["restart-rdp-services"];

/**
 * TermService must run. SessionEnv makes certificates and is started on demand, so Stopped is no fault; UmRdpService
 * only redirects devices. Manual is the default start mode. [TS][RS]
 */
export const rdpServicesAreRunning: Check = {
  id: "rdp-services-are-running",
  title: "The services behind Remote Desktop are running",
  run: judgeFrom(["services"], ({ services: facts }, context) => {
    const results = services
      .flatMap((name) => judgeService(name, facts[name], context) ?? [])
      .map((result) => unlessWorking(result, context.evidence));
    const found = services.map((name) => `${name} is ${facts[name]?.state ?? "absent"}`).join(", ");
    const crashes = judgeCrashes(context);
    return (
      worstResult(crashes ? [...results, crashes] : results) ??
      healthy(`${found}; account and start mode of those that are needed are in order.`)
    );
  }),
};

/** From how many unexpected ends in a day on they are told. Our choice: one may be somebody who ended the process. */
const crashesFrom = 3;

/**
 * Services that die and are started again run whenever somebody looks, and end every session each time. The evidence
 * counts these events of Remote Desktop's own services alone. [SCM]
 */
function judgeCrashes({ guest }: Context): CheckResult | null {
  const ends = (readable(guest.events) ?? []).filter(
    ({ provider, id }) => provider === "ServiceControlManager" && (id === 7031 || id === 7034),
  );
  const { count, last } = occurrences(ends);
  if (count < crashesFrom) return null;
  return noted(
    `Services of Remote Desktop ended unexpectedly ${count} times in 24 hours (events 7031, 7034; last ${last}), and every session with them. The Application log names the module that failed (event 1000): update or remove its product; after an update of Windows, sfc /scannow.`,
    { crashes: count },
  );
}

function judgeService(name: RdpService, facts: ServiceFacts | null, context: Context): CheckResult | null {
  const needed = name !== "UmRdpService";
  if (!facts) return needed ? faulty(`This Windows has no service ${name}. Repair Windows itself.`, []) : null;
  const { state, startMode, account } = facts;
  if (isHung(facts)) {
    return (
      whileStarting(`${name} is ${state}.`, context) ??
      faulty(`${name} hangs: its state is ${state}.`, restart, { state })
    );
  }
  if (!needed) {
    return startMode === "Disabled"
      ? noted("UmRdpService is disabled: devices of the client are not redirected.")
      : null;
  }
  if (startMode === "Disabled") {
    const because = `The start mode of ${name} is Disabled (state ${state}).`;
    return faulty(name === "SessionEnv" ? fitting(because, endOfCertificate(context)) : because, restart, {
      startMode,
    });
  }
  if (!hasDefaultAccount(name, facts)) {
    const expected = rdpServiceDefaults[name].account;
    return faulty(`${name} is set to run as ${brief(account)} instead of ${expected}.`, restart, { account });
  }
  if (state === "Unknown") return unknown(`Windows gave no state for ${name}.`);
  if (state === "Running" || (name === "SessionEnv" && state === "Stopped")) return null;
  const is = `${name} is ${state} (start mode ${startMode}).`;
  return (state === "Stopped" ? whileStarting(is, context) : null) ?? faulty(is, restart, { state });
}

/** Without SessionEnv nobody renews Windows' own certificate. [CRT] */
function endOfCertificate({ guest }: Context): string {
  const certificate = readable(guest.certificate);
  if (!certificate?.inUse || certificateOwner(certificate)) return "";
  return `Windows' certificate for Remote Desktop ends on ${certificate.inUse.notAfter.slice(0, 10)}, and nobody renews it then.`;
}
