import type { AccessRequest } from "../../core/access-request.ts";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import { isJitDeny } from "../../core/jit.ts";
import type { JitPolicy } from "../../core/network-evidence.ts";
import type { NetworkVerdict } from "../../core/network-verdict.ts";
import type { Run } from "../../core/run.ts";
import { parseEndpoint } from "../../network/address.ts";
import { isTooBroad, parseSource } from "../../network/source.ts";
import { accessReadMs, maximumAccessReads } from "../policy.ts";
import { scheduleRetry, transition } from "./transitions.ts";

/*
 * Just-in-time access: a door that is meant to be closed, and that opens for who asks. A repair asks when it was told
 * to, for the sources that it was given, and for no longer than the policy allows; then the network is read again, and
 * its verdict is the proof.
 */

/** The run about to ask for access; `null` when there is nothing to ask for, or it has been asked for already. */
export function withAccessDue(run: Run, now: Date): Run | null {
  const { options, intent, before, access } = run;
  if (!options.requestAccess || options.dryRun || intent !== "repair" || !before || access) return null;
  const request = requestFor(before, now);
  if (!request) return null;
  const { sources, until } = request;
  const message = `Requesting just-in-time access for ${sources.join(", ")} until ${until}.`;
  return transition({ ...run, access: request }, "planned", message, now);
}

function requestFor({ azure, network }: Evidence, now: Date): AccessRequest | null {
  const closed = network.filter(isClosedByJit);
  const port = closed.map(({ destination }) => parseEndpoint(destination)?.port).find((one) => one !== undefined);
  const policy = policyOf(azure);
  const open = policy?.ports.find(({ number }) => number === port);
  const longest = durationMs(open?.maximumDuration ?? "");
  if (port === undefined || !policy || longest === null) return null;
  return {
    state: "due",
    policyId: policy.id,
    port,
    sources: [...new Set(closed.map(({ source }) => source))],
    until: new Date(now.getTime() + longest).toISOString(),
    reads: 0,
  };
}

/** Of a source that somebody named by its addresses: nobody asks for everybody's access. */
function isClosedByJit({ asked, source, verdict, decidedBy }: NetworkVerdict): boolean {
  if (!asked || verdict !== "denied" || !isJitDeny(decidedBy.rule)) return false;
  const named = parseSource(source);
  return named?.kind === "range" && !isTooBroad(named.range);
}

function policyOf({ network }: AzureEvidence): JitPolicy | null {
  return "jit" in network && network.jit && "ports" in network.jit ? network.jit : null;
}

/** An ISO 8601 duration of days, hours, minutes and seconds in milliseconds; `null` for what is none, or is nothing. */
function durationMs(text: string): number | null {
  const parts = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/.exec(text);
  if (!parts) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 || null;
}

/** Azure has taken the request; the rule that lets in follows within seconds. */
export function accessRequested(run: Run, now: Date): Run {
  if (run.access?.state !== "due") return run;
  return scheduleRetry({ ...run, access: { ...run.access, state: "requested" } }, accessReadMs, now);
}

/** The run with what the new evidence says about the access, or the run that waits for it some more. */
export function accessSeen(run: Run, evidence: Evidence, now: Date): { run: Run; settled: boolean } {
  const { access } = run;
  if (!access) return { run, settled: true };
  const reads = access.reads + 1;
  const closed = evidence.network.some((one) => access.sources.includes(one.source) && isClosedByJit(one));
  if (closed && reads < maximumAccessReads) {
    return { run: scheduleRetry({ ...run, access: { ...access, reads } }, accessReadMs, now), settled: false };
  }
  const state = closed ? "refused" : "granted";
  const message = closed
    ? "Just-in-time access was requested, and no rule of it has shown."
    : `Just-in-time access is granted until ${access.until}.`;
  return { run: transition({ ...run, access: { ...access, reads, state } }, run.state, message, now), settled: true };
}

export function accessRefused(run: Run, why: string, now: Date): Run {
  if (!run.access) return run;
  const refused = { ...run, access: { ...run.access, state: "refused" as const }, attempts: 0, notBefore: null };
  return transition(refused, run.state, `Just-in-time access was not granted. ${why}`, now);
}

/** For the summary of a run; empty when no access was granted. */
export function describeAccess({ access }: Run): string {
  if (access?.state !== "granted") return "";
  return `Just-in-time access is granted to ${access.sources.join(", ")} for port ${access.port} until ${access.until}.`;
}
