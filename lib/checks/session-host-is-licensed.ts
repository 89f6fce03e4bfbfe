import { type Check, type CheckResult, faulty, healthy, notApplicable, noted, unknown } from "../core/check.ts";
import type { LicensingSection } from "../core/log-on.ts";
import { judgeFrom, readable, type Section } from "./_section.ts";

/** From when on the end of the grace period is told. Our choice. */
const soonDays = 30;

const wayIn = "An administrator can still connect with `mstsc /admin`.";
const licences =
  "Name a licence server that has licences, or remove the role Remote Desktop Session Host when two administrative sessions are enough.";

/**
 * A session host without licences refuses every session but an administrative one when its 120 days are over. [TSS]
 * Sessions of Windows Enterprise multi-session need no such licences. [AVD]
 */
export const sessionHostIsLicensed: Check = {
  id: "session-host-is-licensed",
  title: "The session host has licences, or days left to get them",
  run: judgeFrom(["licensing"], ({ licensing }, { guest }) => {
    if (licensing.mode !== 1) return notApplicable("It is no session host: administrative sessions need no licences.");
    if (licensing.multiSession) {
      return notApplicable("It is Windows Enterprise multi-session, whose sessions need no Remote Desktop licences.");
    }
    const build = readable(guest.system)?.build ?? null;
    const isWorkgroup = readable(guest.domain)?.join === "workgroup";
    return judge(
      licensing,
      readable(guest.events) ?? [],
      isWorkgroup && licensing.type === 4 ? perUserAlone(build) : null,
    );
  }),
};

/** The grace period is over, and no licence server with licences was found (event 1128). */
function expiry(events: Section<"events">) {
  return events.find(({ provider, id }) => provider === "RemoteConnectionManager" && id === 1128);
}

/** Windows Server 2019: builds from this one on, and before the next. */
const server2019 = { from: 17763, before: 20348 };

/**
 * Licences per user are kept in a directory, which a workgroup has not. Windows Server 2019 ends each session of a user
 * after 60 minutes then, with a warning; 2016 and 2022 on do not. [60M]
 */
function perUserAlone(build: number | null): CheckResult {
  const because = "The session host is licensed per user and is in a workgroup";
  const cure = "License it per device, or join it to a domain.";
  if (build === null) return unknown(`${because}; whether its build ends sessions then could not be read.`);
  if (build >= server2019.from && build < server2019.before) {
    return faulty(`${because}: Windows Server 2019 ends every session after 60 minutes then. ${wayIn} ${cure}`, [], {
      build,
    });
  }
  return noted(
    `${because}, where licences per user are not supported. This build does not end sessions for it. ${cure}`,
    { build },
  );
}

function judge(
  { type, servers, days }: LicensingSection,
  events: Section<"events">,
  alone: CheckResult | null,
): CheckResult {
  const facts = { LicensingType: type, servers, days };
  const isConfigured = (type === 2 || type === 4) && servers !== null && servers > 0;
  const expired = expiry(events);
  if (isConfigured && expired) {
    return faulty(
      `The grace period is over, and no licence server with licences answered (event 1128, ${expired.count} times in 24 hours, last ${expired.last}). ${wayIn} Look at the licence server and the network path to it.`,
      [],
      facts,
    );
  }
  if (isConfigured && alone) return alone;
  if (isConfigured) {
    return healthy(
      `The session host is licensed per ${type === 2 ? "device" : "user"} and names a licence server.`,
      facts,
    );
  }
  const lacks = servers === 0 ? "names no licence server" : "has no licensing mode";
  if (days === 0) {
    return faulty(`The session host ${lacks}, and its grace period is over. ${wayIn} ${licences}`, [], facts);
  }
  if (days === null)
    return unknown(`The session host ${lacks}, and Windows does not report the rest of its grace period.`);
  const left = `The session host ${lacks}, and its grace period ends in ${days} days`;
  if (days > soonDays) return healthy(`${left}.`, facts);
  return noted(`${left}: then it refuses sessions. ${licences}`, facts);
}
