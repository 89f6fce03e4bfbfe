import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import type { Resolution, Target } from "./report.ts";
import { failedStage, ok, raceLimit, type StageResult, waitForEvents } from "./stage-result.ts";

/** Maximum number of reported addresses; a name rarely has more. */
const mostAddresses = 16;

/** Resolves a host with the resolver of this machine, as a client here does. */
export async function resolveHost(host: string, limit: AbortSignal): Promise<Resolution> {
  if (isIP(host)) return { result: "address" };
  const begun = performance.now();
  const found = await raceLimit(lookUp(host), limit, (late) => late);
  const ms = Math.round(performance.now() - begun);
  return found.ok
    ? { result: "resolved", addresses: found.value.slice(0, mostAddresses), ms }
    : { result: "failed", ms, failure: found.failure };
}

async function lookUp(host: string): Promise<StageResult<string[]>> {
  try {
    const found = await lookup(host, { all: true, order: "verbatim" });
    return ok([...new Set(found.map(({ address }) => address))]);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // ENODATA is ENOTFOUND for a name that exists without an address.
    return failedStage(code === "ENOTFOUND" || code === "ENODATA" ? "no-address" : "lookup-failed", message);
  }
}

/**
 * Opens a TCP connection to one address. Later socket errors do not crash the process; `waitForEvents` reports them.
 */
export async function connectTcp({ host, port }: Target, limit: AbortSignal): Promise<StageResult<Socket>> {
  const socket = connect({ host, port, noDelay: true });
  socket.on("error", () => {});
  const connected = await waitForEvents(socket, limit, { connect: () => ok(socket) });
  if (!connected.ok) socket.destroy();
  return connected;
}
