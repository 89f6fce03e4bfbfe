import { anyRangeContains, parseAddress, parseRanges } from "../core/address.ts";

/** Addresses that no server of a private network has; Azure's own DNS server is reached at a public one. [NET] */
const ownRanges = parseRanges([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
]);

/** The DNS servers with a public address: one of them knows no domain of a private network. */
export function publicServers(servers: readonly string[]): string[] {
  return servers
    .flatMap((line) => line.split(/[ ,;]+/))
    .filter((server) => {
      const address = parseAddress(server);
      return address !== null && !anyRangeContains(ownRanges, address);
    });
}

/** How to give up DNS servers that were set by hand. */
export const dnsBack =
  "Back to Azure's: `Get-DnsClient | Set-DnsClientServerAddress -ResetServerAddresses` in Windows.";
