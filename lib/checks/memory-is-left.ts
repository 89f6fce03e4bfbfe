import { type Check, healthy, noted } from "../core/check.ts";
import { occurrences } from "./_events.ts";
import { judgeFrom } from "./_section.ts";

/**
 * Windows logs event 2004 when it runs out of virtual memory. Sessions and log-ons then fail, while a handshake, which
 * needs little, may complete. [RADAR]
 */
export const memoryIsLeft: Check = {
  id: "memory-is-left",
  title: "Windows did not run out of memory",
  run: judgeFrom(["events"], ({ events }) => {
    const { count, last } = occurrences(
      events.filter(({ provider, id }) => provider === "ResourceExhaustion" && id === 2004),
    );
    if (count === 0) return healthy("Windows reported no lack of memory in the last 24 hours.");
    const times = count === 1 ? "once" : `${count} times`;
    return noted(
      `Windows ran low on memory ${times} in 24 hours (event 2004, last ${last}): log-ons and new sessions may fail then. The event names the programs that have the most. End one, let Windows manage the paging file, or take a larger VM size.`,
      { "event 2004": count },
    );
  }),
};
