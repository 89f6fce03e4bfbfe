import { z } from "zod";

/*
 * The network as Windows itself is configured for it. Azure configures a VM by DHCP; several addresses on one NIC are
 * static in Windows, which is Azure's own way. What is as DHCP made it is only counted.
 */

const text = z.string().max(512);
const count = z.number().int().nonnegative();

/** An adapter of the VM (not one of a container or a virtual switch) that deviates from what DHCP gives. */
export const AdapterFacts = z.strictObject({
  /** The name that people see, e.g. `Ethernet 2`. */
  name: text,
  state: z.enum(["up", "down", "disabled"]),
  /** `null`: not known. */
  dhcp: z.boolean().nullable(),
  /** IPv4 in CIDR notation, e.g. `10.0.0.4/24`. */
  addresses: z.array(text).max(16),
  gateways: z.array(text).max(4),
  /** DNS servers that somebody set and DHCP did not give; empty: none, or the same. */
  ownDns: z.array(text).max(8),
  /** Windows uses no default route of this adapter, as VPN clients may set it; absent: it does, or it is not known. */
  ignoresDefaultRoutes: z.literal(true).optional(),
});
export type AdapterFacts = z.infer<typeof AdapterFacts>;

/** An adapter of another maker that is up and has a default route, e.g. that of a VPN. */
export const ForeignAdapter = z.strictObject({
  name: text,
  /** What Windows calls the device, e.g. `TAP-Windows Adapter V9`. */
  kind: text,
  /** IPv4 in CIDR notation. */
  addresses: z.array(text).max(16),
});
export type ForeignAdapter = z.infer<typeof ForeignAdapter>;

/** As many as a reply has of them: there may be more. */
export const mostOtherAddresses = 8;

/** Each part but `inOrder` is absent where nothing deviates. */
export const GuestNetworkSection = z.strictObject({
  /** How many adapters are up with an address that DHCP gave. */
  inOrder: count,
  adapters: z.array(AdapterFacts).max(8).default([]),
  /**
   * IPv4 addresses that no NIC of Azure brought: those of other adapters (a loopback adapter, a virtual switch), and all but
   * the first of an adapter of the VM that is not in `adapters`. Without 127.0.0.0/8 and 169.254.0.0/16.
   */
  otherAddresses: z.array(text).max(mostOtherAddresses).default([]),
  /**
   * Whether an adapter of the VM has a default gateway that Windows uses. Runs of earlier versions counted those of
   * other adapters, too.
   */
  defaultRoute: z.boolean().default(true),
  foreignAdapters: z.array(ForeignAdapter).max(4).default([]),
  /** As the registry spells them: destination, mask, gateway, metric. */
  persistentRoutes: z.array(text).max(8).default([]),
  /** Network providers whose library is missing: a log-on waits for them. */
  deadProviders: z.array(text).max(4).default([]),
  /** Proxies of the whole machine: `Internet Settings`, its 32-bit view, WinHTTP. */
  proxies: z.array(text).max(4).default([]),
  /** TCP ports in use of those that Windows gives to outgoing connections, where few are left. */
  ports: z.strictObject({ used: count, available: count }).nullable().default(null),
});
export type GuestNetworkSection = z.infer<typeof GuestNetworkSection>;
/** As the guest writes it: what does not deviate is absent. */
export type GuestNetworkReply = z.input<typeof GuestNetworkSection>;
