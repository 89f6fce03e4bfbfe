import { describe, expect, test } from "vitest";
import type { Route, SecurityRule } from "../../lib/core/network-evidence.ts";
import { outboundDenial } from "../../lib/network/outbound.ts";
import { group, networkWith, rule } from "./network-with.ts";

/* Azure's default rules of the direction, which follow those of every group. */
const defaults: SecurityRule[] = [
  ["AllowVnetOutBound", 65000, "Allow", "VirtualNetwork"] as const,
  ["AllowInternetOutBound", 65001, "Allow", "Internet"] as const,
  ["DenyAllOutBound", 65500, "Deny", "*"] as const,
].map(([name, priority, access, to]) =>
  rule({ name, priority, access, direction: "Outbound", protocol: "*", destinations: [to], destinationPorts: ["*"] }),
);
const out = (edit: Partial<SecurityRule>) =>
  rule({ name: "own", priority: 200, direction: "Outbound", access: "Deny", destinationPorts: ["443"], ...edit });
const denialOf = (...rules: SecurityRule[]) =>
  outboundDenial(networkWith({ nic: group("nsg-app", ...rules, ...defaults) }));

describe("the way from the VM to Azure", () => {
  test("is open without a group, by the default rules, and where nothing was read", () => {
    expect(outboundDenial(networkWith({}))).toBeNull();
    expect(denialOf()).toBeNull();
    expect(outboundDenial({ ...networkWith({}), network: { unreadable: "no right" } })).toBeNull();
  });

  test.each<[string, Partial<SecurityRule>]>([
    ["everything", {}],
    ["the Internet", { destinations: ["Internet"] }],
    ["AzureCloud", { destinations: ["AzureCloud"] }],
    ["every address", { destinations: ["0.0.0.0/0"] }],
  ])("is shut by a rule that denies %s", (_, edit) => {
    expect(denialOf(out(edit))).toContain("Rule own (priority 200) in NSG nsg-app denies the VM TCP 443 to AzureCloud");
  });

  test.each<[string, Partial<SecurityRule>]>([
    ["the virtual network", { destinations: ["VirtualNetwork"] }],
    ["another port", { destinationPorts: ["80"] }],
    ["UDP", { protocol: "Udp" }],
    ["the other direction", { direction: "Inbound" }],
    ["another machine's packets", { sources: ["10.0.0.9"] }],
    ["some public addresses, which may be others", { destinations: ["20.0.0.0/8"] }],
  ])("is not told for a rule that denies %s", (_, edit) => {
    expect(denialOf(out(edit))).toBeNull();
  });

  test("is open where a rule for AzureCloud comes first", () => {
    expect(denialOf(out({}), out({ priority: 100, access: "Allow", destinations: ["AzureCloud"] }))).toBeNull();
  });

  test("is shut by the group of the subnet too, and by a route to nowhere", () => {
    const subnet = group("nsg-subnet", out({}), ...defaults);
    expect(outboundDenial(networkWith({ subnet }))).toContain("in NSG nsg-subnet");
    const route = (nextHop: string): Route => ({
      name: "all",
      prefixes: ["0.0.0.0/0"],
      nextHop,
      nextHopAddress: null,
      source: "User",
    });
    const routed = (nextHop: string) =>
      outboundDenial(networkWith({ routeTable: { name: "rt", routes: [route(nextHop)] } }));
    expect(routed("None")).toContain("Route all (0.0.0.0/0 to None)");
    expect(routed("VirtualAppliance")).toBeNull();
  });
});
