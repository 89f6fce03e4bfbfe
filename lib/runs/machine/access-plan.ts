import type { AccessRequest } from "../../core/access-request.ts";
import { parseEndpoint, prefixLength } from "../../core/address.ts";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import { isJitDeny } from "../../core/jit.ts";
import type { JitPolicy } from "../../core/network-evidence.ts";
import type { NetworkVerdict } from "../../core/network-verdict.ts";
import { hashPlan, type Plan } from "../../core/plan.ts";
import type { Run } from "../../core/run.ts";
import { isClosedOnPurpose } from "../../core/vm-tags.ts";
import { parseSource } from "../../network/source.ts";

/*
 * Just-in-time access: the network is closed on purpose and opens on request. A repair requests access when its request
 * says so, for the given sources, for no longer than the policy allows, and with an approval of its own.
 */

/** The plan that requests access; `null` when nothing can be requested, or access was requested already. */
export function planAccess(run: Run, evidence: Evidence, now: Date): Plan | null {
  const { options, intent, access } = run;
  if (!options.requestAccess || intent !== "repair" || access || isClosedOnPurpose(evidence.azure)) return null;
  const request = requestFor(evidence, run.limits.accessAddresses, now);
  if (!request) return null;
  const because = `The network denies ${request.sources.join(", ")} until just-in-time access is requested.`;
  const plan = {
    remediations: [{ id: "request-just-in-time-access", risk: "opens-network" as const, because }],
    changes: [],
    risk: "opens-network" as const,
    mayNeedRestart: false,
    restores: ["nsg-allows-rdp"],
    worsens: [],
    leaves: [],
    refusals: [],
    access: request,
  };
  return { ...plan, hash: hashPlan(plan) };
}

function requestFor({ azure, network }: Evidence, maximumAddresses: number, now: Date): AccessRequest | null {
  const closed = network.filter(isClosedByJit);
  const port = closed.map(({ destination }) => parseEndpoint(destination)?.port).find((one) => one !== undefined);
  const policy = policyOf(azure);
  const open = policy?.ports.find(({ number }) => number === port);
  const longest = durationMs(open?.maximumDuration ?? "");
  const sources = [...new Set(closed.map(({ source }) => source))];
  if (port === undefined || !policy || longest === null || sizeOf(sources) > maximumAddresses) return null;
  return {
    state: "due",
    policyId: policy.id,
    port,
    sources,
    until: new Date(now.getTime() + longest).toISOString(),
    reads: 0,
  };
}

/**
 * Whether just-in-time access denies a source that the request named by few addresses: access is never requested for
 * everybody.
 */
export function isClosedByJit({ asked, source, verdict, decidedBy }: NetworkVerdict): boolean {
  return asked && verdict === "denied" && isJitDeny(decidedBy.rule) && Number.isFinite(sizeOf([source]));
}

/** At most one office or one home. */
const broadest = { 4: 24, 6: 64 } as const;

/** The number of IPv4 addresses or IPv6 networks of 64 bits; infinite when a range is too broad to be requested. */
function sizeOf(sources: readonly string[]): number {
  return sources.reduce((sum, source) => {
    const named = parseSource(source);
    if (named?.kind !== "range") return Number.POSITIVE_INFINITY;
    const { family, first, last } = named.range;
    if (prefixLength(named.range) < broadest[family]) return Number.POSITIVE_INFINITY;
    return sum + (family === 4 ? Number(last - first) + 1 : 1);
  }, 0);
}

function policyOf({ network }: AzureEvidence): JitPolicy | null {
  return "jit" in network && network.jit && "ports" in network.jit ? network.jit : null;
}

/** Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds; `null` when it is invalid or zero. */
function durationMs(text: string): number | null {
  const parts = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/.exec(text);
  if (!parts) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 || null;
}

/** For the summary of a run; empty when no access was granted. */
export function describeAccess({ access }: Run): string {
  if (access?.state !== "granted") return "";
  return `Just-in-time access is granted to ${access.sources.join(", ")} for port ${access.port} until ${access.until}.`;
}
