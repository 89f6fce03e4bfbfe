import type { Finding } from "../core/finding.ts";
import { numberAt } from "./_registry.ts";
import { brief, type Context, readable } from "./_section.ts";
import { suspectsOf } from "./_suspects.ts";

/**
 * What was observed when a handshake fails without a known cause: events with their codes, protocols with explicit
 * settings, a listener that is bound to one network adapter. Returned as named facts, and as sentences that end with
 * what to do.
 */
export function whatWasSeen({ guest }: Context): { because: string; facts: Finding["evidence"] } {
  const facts: Finding["evidence"] = {};
  for (const { provider, id, status, count, last } of readable(guest.events) ?? []) {
    facts[`event ${provider} ${id}${status ? ` (${brief(status)})` : ""}`] = `${count} times in 24 hours, last ${last}`;
  }
  for (const { protocol, enabled, disabledByDefault } of readable(guest.schannel)?.protocols ?? []) {
    facts[`${protocol} for servers`] =
      `Enabled ${enabled ?? "absent"}, DisabledByDefault ${disabledByDefault ?? "absent"}`;
  }
  const client = readable(guest.handshake)?.client;
  if (client) {
    facts["connected to"] = client.address;
    facts["offered by the VM's own client"] = client.offered.join(", ") || "nothing";
  }
  const registry = readable(guest.registry);
  const adapter = registry && numberAt(registry, "rdp-tcp/LanAdapter");
  if (adapter) facts.LanAdapter = adapter;
  const products = readable(guest.installedProducts);
  const suspects = products ? suspectsOf(products).join(", ") : "";
  const next = suspects ? `Next suspects: ${brief(suspects)}. ` : "";
  if (suspects) facts["may filter connections"] = suspects;
  const ids = [...new Set((readable(guest.events) ?? []).map(({ id }) => id))];
  const events = ids.length > 0 ? `Events: ${ids.join(", ")}. ` : "";
  const bound = adapter ? `The listener is bound to one adapter (LanAdapter ${adapter}). ` : "";
  return {
    because: `${events}${bound}${next}Look at these first; a restart of the services can be asked for by name (restart-rdp-services).`,
    facts,
  };
}
