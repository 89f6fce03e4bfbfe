import { z } from "zod";
import { networkLayers, networkVerdicts } from "../lib/core/network-verdict.ts";

/* The network of a world's VMs. An omitted part gets its simplest form, or does not exist. */

const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const address = z.union([z.ipv4(), z.ipv6()]);
const prefixes = z.union([z.string(), z.array(z.string()).min(1)]);
const tcpPort = z.number().int().min(1).max(65_535);

const RuleBase = z.strictObject({
  name: z.string().min(1),
  direction: z.enum(["Inbound", "Outbound"]).default("Inbound"),
  source: prefixes
    .default("*")
    .describe("Addresses, CIDRs, service tags or `*`; a list is written in the plural form."),
  destination: prefixes.default("*"),
  ports: prefixes.default("3389").describe("Ports, ranges `a-b` or `*`; a list is written in the plural form."),
});

export const WorldRule = RuleBase.extend({
  priority: z.number().int().min(100).max(4096),
  access: z.enum(["Allow", "Deny"]),
  protocol: z.enum(["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]).default("Tcp"),
  sourcePorts: prefixes.default("*").describe("Ports of the client, ranges `a-b` or `*`."),
  sourceGroups: z.array(z.string()).default([]).describe("Application security groups by name, instead of `source`."),
  destinationGroups: z.array(z.string()).default([]),
  description: z.string().max(140).optional(),
});
export type WorldRule = z.infer<typeof WorldRule>;

const AdminRule = RuleBase.extend({
  priority: z.number().int().min(1).max(4096),
  access: z.enum(["Allow", "AlwaysAllow", "Deny"]),
  protocol: z.enum(["Tcp", "Udp", "Icmp", "Esp", "Ah", "Any"]).default("Tcp"),
});
export type WorldAdminRule = z.infer<typeof AdminRule>;

const SecurityGroup = z
  .strictObject({ name: z.string().min(1), rules: z.array(WorldRule).default([]) })
  .describe("A network security group. The three default rules of either direction are added.");
export type WorldSecurityGroup = z.infer<typeof SecurityGroup>;

const floatingIp = z
  .boolean()
  .default(false)
  .describe("Floating IP: the packet reaches Windows with the address of the front end.");

const NatRule = z.strictObject({
  name: z.string().min(1),
  frontPort: tcpPort,
  backPort: tcpPort.default(3389),
  floatingIp,
});

const BalancingRule = z.strictObject({
  name: z.string().min(1),
  frontPort: tcpPort.default(3389),
  backPort: tcpPort.default(3389),
  floatingIp,
  probe: z
    .strictObject({ name: z.string().default("probe"), port: tcpPort })
    .nullable()
    .default(null),
});

const Nic = z.strictObject({
  name: z.string().optional().describe("Default: the name of the VM with the suffix `-nic`."),
  privateAddress: address.default("10.0.0.4"),
  publicAddress: address.nullable().default(null).describe("A Standard public address."),
  alsoAt: z
    .array(z.strictObject({ privateAddress: address, publicAddress: address.nullable().default(null) }))
    .default([])
    .describe("Further IP configurations."),
  natRules: z.array(NatRule).default([]).describe("Inbound NAT rules of the network's load balancer to this NIC."),
  applicationSecurityGroups: z.array(z.string()).default([]),
  securityGroup: SecurityGroup.nullable().default(null),
  subnet: z.string().default("default").describe("One of the network's subnets, by name."),
});
export type WorldNic = z.infer<typeof Nic>;

const Route = z.strictObject({
  name: z.string().min(1),
  addressPrefix: z.string().min(1).describe("A CIDR or a service tag."),
  nextHopType: z.enum(["Internet", "VnetLocal", "VirtualNetworkGateway", "VirtualAppliance", "None"]),
  nextHopIpAddress: address.optional(),
});
export type WorldRoute = z.infer<typeof Route>;

const RouteTable = z.strictObject({ name: z.string().min(1).default("rt-app"), routes: z.array(Route).min(1) });

const Subnet = z.strictObject({
  name: z.string().min(1).default("default"),
  prefix: cidr.default("10.0.0.0/24"),
  alsoPrefixes: z.array(cidr).default([]).describe("Further prefixes, e.g. an IPv6 prefix."),
  securityGroup: SecurityGroup.nullable().default(null),
  routeTable: RouteTable.nullable().default(null).describe("A route table, whose routes precede those of Azure."),
});
export type WorldSubnet = z.infer<typeof Subnet>;

const Peering = z.strictObject({ name: z.string().min(1), prefixes: z.array(cidr).min(1) });

export const Network = z
  .strictObject({
    name: z.string().default("vnet-app").describe("Name of the virtual network."),
    resourceGroup: z
      .string()
      .min(1)
      .max(90)
      .optional()
      .describe(
        "The resource group of the virtual network, its route tables and all security groups, as in a landing zone. Default: that of the VM.",
      ),
    addressPrefixes: z.array(cidr).min(1).default(["10.0.0.0/16"]),
    subnets: z.array(Subnet).min(1).prefault([{}]),
    nics: z.array(Nic).min(1).prefault([{}]).describe("The first NIC is the primary one."),
    peerings: z.array(Peering).default([]).describe("Connected virtual networks."),
    gatewayTo: z
      .array(cidr)
      .nullable()
      .default(null)
      .describe("Ranges behind a gateway; Azure shows them only in its effective rules."),
    learnedRoutes: z
      .array(cidr)
      .default([])
      .describe("Routes that the gateway learns from outside, e.g. a default route; only in Azure's effective routes."),
    bastion: z
      .strictObject({
        name: z.string().default("bastion"),
        prefix: cidr.default("10.0.255.0/26"),
        sku: z.enum(["Basic", "Standard", "Premium"]).default("Standard"),
        provisioningState: z.enum(["Succeeded", "Updating", "Failed"]).default("Succeeded"),
        privateOnly: z.boolean().default(false).describe("Without a public address."),
        securityGroup: SecurityGroup.nullable().default(null).describe("That of its subnet."),
      })
      .nullable()
      .default(null)
      .describe("A Bastion host in a separate subnet."),
    loadBalancer: z
      .strictObject({
        name: z.string().default("lb-app"),
        publicAddress: address,
        rules: z.array(BalancingRule).default([]).describe("Rules for a pool with all NICs of the VM."),
      })
      .nullable()
      .default(null)
      .describe("A Standard load balancer with a public front end."),
    adminRules: z.array(AdminRule).default([]).describe("Security admin rules of a network manager."),
    serviceTags: z
      .record(z.string(), z.array(cidr))
      .default({})
      .describe("The prefixes of other service tags; Azure shows them only in its effective rules."),
    jit: z
      .strictObject({
        ports: z.array(tcpPort).default([3389]),
        hours: z.number().int().min(1).max(24).default(3),
        requests: z
          .array(z.strictObject({ port: tcpPort, source: z.string().default("*"), endsAt: z.iso.datetime() }))
          .default([])
          .describe("Access that was granted; the rules of it must be among those of a group."),
      })
      .nullable()
      .default(null)
      .describe("A just-in-time policy with this VM. Its rules must be among those of a group."),
  })
  .superRefine(({ subnets, nics, loadBalancer }, context) => {
    for (const [index, { subnet, natRules }] of nics.entries()) {
      if (!subnets.some(({ name }) => name === subnet)) {
        context.addIssue({
          code: "custom",
          path: ["nics", index, "subnet"],
          message: `No subnet is called "${subnet}"`,
        });
      }
      if (natRules.length > 0 && !loadBalancer) {
        context.addIssue({ code: "custom", path: ["nics", index, "natRules"], message: "There is no load balancer" });
      }
    }
  });

/** How Azure's long-running network operations behave: effective rules and IP flow verify. */
export const NetworkAnswers = z.strictObject({
  seconds: z.number().min(0).max(86_400).default(0).describe("How long such an operation takes."),
  fails: z.boolean().default(false).describe("The operation ends in an error."),
  watcher: z.boolean().default(true).describe("Whether the region has a Network Watcher."),
  stale: z
    .boolean()
    .default(false)
    .describe("The effective rules are only the default rules, as when the groups were created."),
});

/** The expected network verdict for one source, and the rule that decides. */
export const NetworkExpectation = z.strictObject({
  source: z.string(),
  to: address.optional().describe("The VM's private address, when it has several."),
  verdict: z.enum(networkVerdicts),
  layer: z.enum(networkLayers),
  rule: z.string().nullable(),
});
