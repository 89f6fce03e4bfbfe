import { z } from "zod";
import type { FlowCheck } from "../../core/network-evidence.ts";
import { formatVmId, type VmId } from "../../core/vm-id.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { crossCheckMs, readPartWithin, type Unreadable } from "./partial-evidence.ts";
import { wordOf } from "./security-rule.ts";

/** Each source is one call, so only a few sources are verified. */
const maximumFlows = 6;

const Answer = z.object({ access: wordOf(["Allow", "Deny"]), ruleName: z.string().nullish() });

export interface FlowTarget {
  readonly vm: VmId;
  readonly location: string;
  readonly nicId: string;
  readonly privateAddress: string;
  readonly port: number;
}

/** What Network Watcher answered. */
export interface FlowAnswers {
  readonly checks: FlowCheck[];
  /** Why some or all flows were not verified; `null`: all were, or there was none to verify. */
  readonly unverified: string | null;
}

/**
 * Asks IP flow verify of Network Watcher whether single IPv4 addresses are allowed, at the requested port: the guest's
 * port is not known yet. Uses the watcher that Azure creates for a region, `NetworkWatcher_<region>` in
 * `NetworkWatcherRG`; where it is missing, or the right `Microsoft.Network/networkWatchers/ipFlowVerify/action` is,
 * there is no cross-check, and nothing else is lost.
 */
export async function verifyFlows(
  clients: Clients,
  targets: readonly FlowTarget[],
  sources: readonly string[],
): Promise<FlowAnswers> {
  const flows = targets
    .filter(({ privateAddress }) => isIpv4(privateAddress))
    .flatMap((target) => sources.filter(isIpv4).map((source) => ({ target, source })));
  const asked = flows.slice(0, maximumFlows);
  const answers = await Promise.all(asked.map(({ target, source }) => verifyFlow(clients, target, source)));
  const failed = answers.find((answer): answer is Unreadable => "unreadable" in answer);
  const more = flows.length > asked.length ? `only ${asked.length} of ${flows.length} flows are verified.` : null;
  return {
    checks: answers.filter((answer): answer is FlowCheck => !("unreadable" in answer)),
    unverified: failed?.unreadable ?? more,
  };
}

async function verifyFlow(clients: Clients, target: FlowTarget, source: string): Promise<FlowCheck | Unreadable> {
  const { privateAddress, port } = target;
  const answer = await readPartWithin(
    `verify the flow from ${source}`,
    crossCheckMs,
    (options) =>
      clients.network(target.vm.subscriptionId).networkWatchers.verifyIPFlow(
        "NetworkWatcherRG",
        `NetworkWatcher_${target.location}`,
        {
          targetResourceId: formatVmId(target.vm),
          targetNicResourceId: target.nicId,
          direction: "Inbound",
          protocol: "TCP",
          localIPAddress: privateAddress,
          localPort: String(port),
          remoteIPAddress: source,
          // Any source port of a client.
          remotePort: "60000",
        },
        options,
      ),
    (given) => parseResponse(Answer, given, "answer of IP flow verify"),
  );
  if ("unreadable" in answer) return answer;
  const verdict = answer.access === "Allow" ? "allowed" : "denied";
  return { source, privateAddress, port, verdict, rule: answer.ruleName ?? null };
}

function isIpv4(text: string): boolean {
  return z.ipv4().safeParse(text).success;
}
