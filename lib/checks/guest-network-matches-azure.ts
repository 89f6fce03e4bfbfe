import { type AzureEvidence, networkOf, traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, type CheckResult, faulty, healthy, notApplicable, noted, unknown } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { type AdapterFacts, type GuestNetworkSection, mostOtherAddresses } from "../core/guest-network.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { brief, judgeFrom, readable, worstResult } from "./_section.ts";

/** Azure's address for agents, DNS and health probes. */
const wireServer = "168.63.129.16";

/**
 * Azure routes to a VM only what is for the addresses of its NICs. In Windows they come by DHCP; several addresses on
 * one NIC are static, which is Azure's own way. An address that is static is therefore compared, and never changed: a
 * wrong change here takes the VM off the network. [NET][MIP]
 */
export const guestNetworkMatchesAzure: Check = {
  id: "guest-network-matches-azure",
  title: "Windows has the addresses, the gateway and the DNS servers that Azure gives it",
  run: judgeFrom(["guestNetwork"], ({ guestNetwork }, { evidence, guest }) => {
    const { hasNetwork, noun } = traitsOfEvidence(evidence.azure);
    if (!hasNetwork) return notApplicable(`Azure gives ${noun} no addresses: its own network does.`);
    const { adapters, persistentRoutes, inOrder } = guestNetwork;
    const given = addressesOf(evidence.azure);
    const domain = readable(guest.system)?.domainJoined === true;
    const results = adapters.flatMap((adapter) => judgeAdapter(adapter, given, domain));
    const route = judgeDefaultRoute(guestNetwork, given);
    if (route) results.unshift(route);
    results.push(...judgeFloating(evidence, guestNetwork, readable(guest.listener)?.port ?? defaultRdpPort));
    const routes = persistentRoutes.map((route) => brief(route)).join("; ");
    const diverts = persistentRoutes.some((route) => route.startsWith(`${wireServer},`));
    if (routes) {
      const azure = diverts ? ` One of them is for ${wireServer}, which the agent and health probes need.` : "";
      results.push(noted(`Persistent routes in Windows overrule the subnet's: ${brief(routes)}.${azure}`));
    }
    return worstResult(results) ?? healthy(`${count(inOrder)} with an address of DHCP, and a default gateway.`);
  }),
};

/**
 * A load balancer with floating IP leaves the address of its front end in the packet, and Windows drops what is for none of
 * its own addresses. The address may be missing on purpose: in a cluster only the active node has it, and the health probe
 * keeps clients away from the others. [LBF]
 */
function judgeFloating(
  { azure, network }: Evidence,
  { adapters, otherAddresses }: GuestNetworkSection,
  port: number,
): CheckResult[] {
  const own = [...adapters.flatMap(({ addresses }) => addresses), ...otherAddresses].map((one) => one.split("/")[0]);
  const isElsewhereOpen = network.some(({ path, verdict }) => path === "public" && verdict === "allowed");
  return (networkOf(azure)?.interfaces ?? [])
    .flatMap(({ ipConfigurations }) => ipConfigurations)
    .flatMap(({ forwardings }) => ("unreadable" in forwardings ? [] : forwardings))
    .filter(({ floatingIp, backendPort }) => floatingIp && backendPort === port)
    .flatMap(({ rule, loadBalancer, frontAddress, probe }) => {
      // The reply has no address of IPv6.
      if (frontAddress === null || frontAddress.includes(":")) return [];
      const facts = { rule, loadBalancer, frontAddress };
      const that = `Rule ${rule} of load balancer ${loadBalancer} has floating IP`;
      if (own.includes(frontAddress)) {
        return noted(`${that}, and Windows has ${frontAddress}. Its adapters need weakhostreceive=enabled too.`, facts);
      }
      if (otherAddresses.length === mostOtherAddresses) {
        return unknown(`${that}. Windows has more addresses than were listed, and ${frontAddress} may be one of them.`);
      }
      const result = isElsewhereOpen || (probe && probe.port !== port) ? noted : fault;
      return result(
        `${that}, and no adapter in Windows has ${frontAddress}: it drops what comes there. Switch floating IP off in that rule, or give Windows a loopback adapter with this address and set weakhostreceive=enabled on both adapters.`,
        facts,
      );
    });
}

function fault(because: string, facts: Record<string, string>): CheckResult {
  return faulty(because, [], facts);
}

/**
 * Windows answers a client through the adapter that has the address which the client reached, whatever metric the
 * default route of a VPN has: what matters is whether that adapter has a default route, and whether Windows uses it.
 * An adapter of another maker that has an address of Azure is a team or an external virtual switch. [STRONG]
 */
function judgeDefaultRoute(
  { adapters, defaultRoute, foreignAdapters }: GuestNetworkSection,
  given: string[] | null,
): CheckResult | null {
  const isOwn = ({ addresses }: { addresses: string[] }) => hostsOf(addresses).some((one) => given?.includes(one));
  const tunnels = foreignAdapters.filter((adapter) => !isOwn(adapter));
  const names = brief(tunnels.map(({ name, kind }) => `${name} (${kind})`).join(", "));
  const ignoring = adapters.find(({ ignoresDefaultRoutes }) => ignoresDefaultRoutes);
  const through =
    names && ` The default route belongs to ${names}: disconnect it, or let its owner exclude the clients.`;
  const only = "only machines in its own subnet get an answer from this VM";
  if (defaultRoute || tunnels.length < foreignAdapters.length) {
    if (ignoring)
      return noted(`Windows uses no default route of adapter ${brief(ignoring.name)}. ${undoIgnoring(ignoring)}`);
    if (!names) return null;
    return noted(
      `${names} has a default route of its own. Answers still leave by the adapter that has the client's connection. If clients get none, the VPN may block what is outside of its tunnel: disconnect it for one test.`,
    );
  }
  // Which of the adapters has the address of Azure is not known.
  if (given === null && names) {
    return noted(`The only default route belongs to ${names}, and the addresses of Azure could not be read.`);
  }
  if (ignoring) {
    return faulty(
      `Windows uses no default route of adapter ${brief(ignoring.name)}, as some VPN clients set it: ${only}. ${undoIgnoring(ignoring)}`,
      [],
      { ...(names && { "default route of": names }) },
    );
  }
  const dhcp = names
    ? "Then restart the VM, or run on it: ipconfig /renew"
    : `DHCP restores it; run on the VM: ${toDhcp("<adapter>")}`;
  const who = names ? "No adapter of the VM" : "No adapter";
  return faulty(`${who} has a default gateway: ${only}.${through} ${dhcp}`, []);
}

function undoIgnoring({ name }: AdapterFacts): string {
  return `Run on the VM: netsh interface ipv4 set interface "${brief(name)}" ignoredefaultroutes=disabled`;
}

/** Addresses in CIDR notation without their lengths. */
function hostsOf(addresses: readonly string[]): string[] {
  return addresses.map((one) => one.split("/")[0] ?? one);
}

/** The private addresses of the NICs; `null` when Azure's network could not be read. */
function addressesOf({ network }: AzureEvidence): string[] | null {
  if (!("interfaces" in network)) return null;
  return network.interfaces.flatMap(({ ipConfigurations }) => ipConfigurations.map((one) => one.privateAddress));
}

function judgeAdapter(adapter: AdapterFacts, given: string[] | null, domain: boolean): CheckResult[] {
  const name = `Adapter ${brief(adapter.name)}`;
  if (adapter.state === "disabled") {
    return [noted(`${name} is disabled in Windows, and the addresses of its NIC do not answer.`)];
  }
  if (adapter.state === "down") return [noted(`${name} has no link.`)];
  const results: CheckResult[] = [];
  if (adapter.dhcp === false) results.push(judgeStatic(name, adapter, given));
  else if (adapter.addresses.every((one) => one.startsWith("169.254."))) {
    results.push(
      faulty(`${name} got no address from DHCP. Run on the VM: ipconfig /renew; or let Azure reset the NIC.`, []),
    );
  }
  if (adapter.ownDns.length > 0) {
    const whom = domain ? "; names of the domain must be found there, or log-ons of its accounts fail" : "";
    results.push(noted(`${name} uses DNS servers that were set in Windows, ${adapter.ownDns.join(", ")}${whom}.`));
  }
  return results;
}

function judgeStatic(name: string, { name: plain, addresses, gateways }: AdapterFacts, given: string[] | null) {
  const own = hostsOf(addresses);
  const facts = { addresses: addresses.join(", "), gateways: gateways.join(", ") };
  if (given === null) {
    return noted(`${name} has static addresses (${own.join(", ")}); those of Azure could not be read.`, facts);
  }
  const foreign = own.filter((one) => !given.includes(one));
  if (foreign.length === own.length) {
    return faulty(
      `${name} has the static address ${own.join(", ") || "none"}, and Azure gives this VM ${given.join(", ")}: nothing reaches the VM there. Set it back to DHCP, at the risk of a short interruption: ${toDhcp(plain)}`,
      [],
      facts,
    );
  }
  const outside = gateways.filter((gateway) => !addresses.some((address) => sharesSubnet(address, gateway)));
  if (outside.length > 0) {
    return faulty(
      `The gateway ${outside.join(", ")} of ${name} is outside of its subnet (${addresses.join(", ")}): the mask or the gateway is wrong. Set it back to DHCP: ${toDhcp(plain)}`,
      [],
      facts,
    );
  }
  if (foreign.length > 0) {
    return noted(`${name} has static addresses, of which Azure does not know ${foreign.join(", ")}.`, facts);
  }
  return noted(`${name} has static addresses, and they are those of its NIC, as for several addresses.`, facts);
}

/** Whether a gateway lies in the subnet of an address in CIDR notation. */
function sharesSubnet(address: string, gateway: string): boolean {
  const [own = "", length = "32"] = address.split("/");
  const shift = 32 - Number(length);
  const bits = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return Math.floor(bits(own) / 2 ** shift) === Math.floor(bits(gateway) / 2 ** shift);
}

function count(adapters: number): string {
  return adapters === 1 ? "1 adapter is up" : `${adapters} adapters are up`;
}

/** The command inside Windows that gives an adapter back to DHCP. */
function toDhcp(adapter: string): string {
  return `netsh interface ipv4 set address name="${adapter}" source=dhcp`;
}
