import { type Check, faulty, healthy, noted } from "../core/check.ts";
import { judgeFrom, readable } from "./_section.ts";

/** Fewer free ports than this, and connections fail now and then. */
const fewLeft = 200;

/**
 * A program that opens connections and never closes them uses up the ports of outgoing connections. Log-ons then reach
 * no domain controller and no licence server, although TCP to the VM still opens; Tcpip logs 4227 or 4231. [PORTS]
 */
export const outgoingPortsAreLeft: Check = {
  id: "outgoing-ports-are-left",
  title: "Ports for outgoing connections are left",
  run: judgeFrom(["guestNetwork"], ({ guestNetwork: { ports } }, { guest }) => {
    const events = (readable(guest.events) ?? []).filter(({ provider }) => provider === "Tcpip");
    const logged = events.map(({ id, count }) => `event ${id} ${count} times in 24 hours`).join(", ");
    const left = ports ? ports.available - ports.used : null;
    const facts = { used: ports?.used ?? null, available: ports?.available ?? null, events: logged || null };
    if (ports && left !== null && left <= fewLeft) {
      return faulty(
        `${ports.used} of ${ports.available} TCP ports for outgoing connections are in use${logged && ` (${logged})`}. Find the program with: Get-NetTCPConnection | Group-Object OwningProcess | Sort-Object Count. End it or restart the VM.`,
        [],
        facts,
      );
    }
    if (logged) return noted(`Ports for outgoing connections ran out lately (${logged}); now enough are left.`, facts);
    if (ports) {
      return noted(`${ports.used} of ${ports.available} TCP ports for outgoing connections are in use.`, facts);
    }
    return healthy("Less than four fifths of the TCP ports for outgoing connections are in use.");
  }),
};
