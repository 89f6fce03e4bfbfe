import { z } from "zod";
import type { FlowCheck } from "../../core/network-evidence.ts";
import { formatVmId, type VmId } from "../../core/vm-id.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { readPartWithin } from "./partial-evidence.ts";
import { wordOf } from "./security-rule.ts";

/** Time limit of Network Watcher for one answer. */
const withinMs = 8_000;
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
): Promise<FlowCheck[]> {
  const flows = targets
    .filter(({ privateAddress }) => isIpv4(privateAddress))
    .flatMap((target) => sources.filter(isIpv4).map((source) => ({ target, source })));
  const checks = flows.slice(0, maximumFlows).map(({ target, source }) => verifyFlow(clients, target, source));
  return (await Promise.all(checks)).flat();
}

async function verifyFlow(clients: Clients, target: FlowTarget, source: string): Promise<FlowCheck[]> {
  const { privateAddress, port } = target;
  const answer = await readPartWithin(
    `verify the flow from ${source}`,
    withinMs,
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
  if ("unreadable" in answer) return [];
  const verdict = answer.access === "Allow" ? "allowed" : "denied";
  return [{ source, privateAddress, port, verdict, rule: answer.ruleName ?? null }];
}

function isIpv4(text: string): boolean {
  return z.ipv4().safeParse(text).success;
}
