import { type Check, faulty, healthy, noted } from "../core/check.ts";
import { hasNoRoom, leastRoomMb, lowRoomMb } from "../core/disk-room.ts";
import { isOutOfDate } from "../core/rdp-certificate.ts";
import { type Context, judgeFrom, readable } from "./_section.ts";
import { handshakeWorks } from "./_works.ts";

/** Read-only: which folders of the drive are the largest. */
const listCommand =
  "Get-ChildItem C:\\ -Directory -Force | ForEach-Object { '{0:N0} MB {1}' -f ((Get-ChildItem $_.FullName -Recurse -File -Force -ErrorAction SilentlyContinue | Measure-Object Length -Sum).Sum / 1MB), $_.FullName }";

/**
 * Without room Windows can make no key and no certificate, which shows when the old one expires: event 1057 or 1058.
 * Nothing is removed here that could not be made again. [EV]
 */
export const systemDriveHasRoom: Check = {
  id: "system-drive-has-room",
  title: "The system drive has room for a new key and certificate",
  run: judgeFrom(["system"], ({ system }, context) => {
    const { freeDiskMb } = system;
    const facts = { freeDiskMb, "list the largest folders with": listCommand };
    if (!hasNoRoom(context.guest)) {
      if (freeDiskMb >= lowRoomMb) return healthy(`The system drive has ${freeDiskMb} MB free.`, { freeDiskMb });
      return noted(`The system drive has only ${freeDiskMb} MB free.`, facts);
    }
    const free = `The system drive has ${freeDiskMb} MB free, and a new key and certificate need ${leastRoomMb}`;
    const renewal = failedRenewal(context);
    if (!renewal) return noted(`${free}: the next renewal of the certificate will fail. Free some space.`, facts);
    return faulty(
      `${free}: ${renewal}. Free space first (temporary files, old logs, leaked keys, or a larger disk), then repair; nothing is removed before that.`,
      [],
      facts,
    );
  }),
};

/** What shows that Windows needed the room; `null`: nothing does. */
function failedRenewal({ guest, evidence }: Context): string | null {
  const events = (readable(guest.events) ?? []).filter(
    ({ provider, id }) => provider === "RemoteConnectionManager" && (id === 1057 || id === 1058),
  );
  if (events[0]) return `event ${events[0].id} says that a renewal failed`;
  const inUse = readable(guest.certificate)?.inUse;
  if (inUse && isOutOfDate(inUse, evidence.at, guest.collectedAt)) return "the certificate is over and is not renewed";
  return handshakeWorks(evidence) === false ? "the handshake fails" : null;
}
