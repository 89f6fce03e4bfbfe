import { checks } from "../../checks/registry.ts";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import { type GuestEvidence, isUnreadable } from "../../core/guest-evidence.ts";
import type { Run, RunOptions } from "../../core/run.ts";
import { defaultRdpPort } from "../../core/windows.ts";
import { evaluateNetwork } from "../../network/evaluate-network.ts";
import { asIntended } from "../planning/unchangeable-vms.ts";
import { orderFindings } from "./client-error.ts";
import { fixFor } from "./network-fix.ts";
import { addLogEntry } from "./transitions.ts";

/*
 * Turns replies into evidence, and evidence into findings. Pure.
 */

/**
 * Combines all evidence. The network is evaluated for the port on which the guest listens; without evidence from
 * inside, for the requested or the default port.
 */
export function combineEvidence(
  azure: AzureEvidence,
  guest: GuestEvidence | null,
  { sources, port: asked = defaultRdpPort }: Pick<RunOptions, "sources" | "port">,
  now: Date,
): Evidence {
  const port = guest && !isUnreadable(guest.listener) ? guest.listener.port : asked;
  return { at: now.toISOString(), azure, guest, network: evaluateNetwork(azure, sources, port) };
}

/** The findings of the requested checks, or of all checks. */
export function runChecks(evidence: Evidence, asked: readonly string[] | undefined): Finding[] {
  const findings = checks
    .filter((check) => !asked || asked.includes(check.id))
    .map((check) => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }));
  return asIntended(findings, evidence);
}

export function diagnoseRun<R extends Run>(run: R, evidence: Evidence): R {
  const findings = orderFindings(runChecks(evidence, run.options.checks), run.options.clientError);
  return { ...run, before: evidence, findings, ...fixFor(run, evidence, findings) };
}

/** A cross-check that is missing changes no verdict, but a reader must not take it for agreement. */
export function noteUnverified<R extends Run>(run: R, { network }: AzureEvidence, now: Date): R {
  const why = "flowsUnverified" in network ? network.flowsUnverified : undefined;
  const message = `Network Watcher did not verify every flow: ${why}`;
  const isKnown = why === undefined || run.log.some((entry) => entry.message === message);
  return isKnown ? run : addLogEntry(run, message, now);
}
