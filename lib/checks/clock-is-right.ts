import { type Check, faulty, healthy, noted, unknown } from "../core/check.ts";
import { certainOffset, clockOffset, describeOffset, kerberosToleranceSeconds } from "../core/clock.ts";
import { judgeFrom, readable } from "./_section.ts";

const cure =
  "Correct it on the VM: w32tm /query /status shows its source, w32tm /resync /rediscover sets it (as an administrator).";

/**
 * A wrong clock breaks log-ons of a domain by Kerberos, and makes Windows keep certificates that are over, or make new
 * ones for the wrong time. A clock that differs by less than Kerberos tolerates, or by no more than a slow agent
 * explains, is right as far as anybody can tell. [KRB]
 */
export const clockIsRight: Check = {
  id: "clock-is-right",
  title: "The clock of Windows is right",
  run: judgeFrom([], (_, { evidence, guest }) => {
    const offset = clockOffset(evidence);
    if (!offset) return unknown("The clock of Windows could not be compared with that of the service. Diagnose again.");
    const certain = certainOffset(evidence);
    const facts = {
      "clock of Windows": guest.collectedAt,
      "ahead at least (s)": offset.atLeast,
      "at most (s)": offset.atMost,
    };
    if (Math.abs(certain) <= kerberosToleranceSeconds) {
      return healthy(`Its clock is between ${offset.atLeast} s and ${offset.atMost} s ahead of the service's.`, facts);
    }
    const wrong = `The clock of Windows is at least ${describeOffset(certain)}`;
    const handshake = readable(guest.handshake);
    const isOver = handshake?.result === "completed" && Date.parse(handshake.notAfter) <= Date.parse(evidence.at);
    if (isOver && Date.parse(guest.collectedAt) < Date.parse(handshake.notAfter)) {
      return faulty(`${wrong}, so Windows does not notice that its certificate has expired. ${cure}`, [], facts);
    }
    const domain = readable(guest.system)?.domainJoined
      ? "Kerberos refuses log-ons with accounts of the domain"
      : "New certificates are made for the wrong time";
    return noted(`${wrong}. ${domain}. ${cure}`, facts);
  }),
};
