import type { NetworkHop, NetworkLayer, NetworkVerdict } from "../core/network-verdict.ts";

const names: Readonly<Record<NetworkLayer, string>> = {
  bastion: "Bastion",
  "load-balancer": "load balancer",
  "public-ip": "public address",
  "admin-rules": "admin rules",
  "subnet-nsg": "subnet NSG",
  "nic-nsg": "NIC NSG",
  "no-nsg": "no NSG",
  "return-route": "return route",
  unreadable: "Azure",
};

const colours: Readonly<Record<NetworkHop["verdict"], string>> = {
  allowed: "good",
  passed: "quiet",
  denied: "bad",
  unknown: "doubt",
};

/** One box of a drawn path. */
export interface PathBox {
  readonly title: string;
  readonly text: string;
  readonly colour: string;
  readonly hint: string;
  readonly decides: boolean;
}

/** The client, each hop in packet order with the one that decides, and the VM. */
export function boxesOfPath({ source, destination, trace, verdict, decidedBy, because }: NetworkVerdict): PathBox[] {
  const client: PathBox = { title: "client", text: source, colour: "quiet", hint: source, decides: false };
  const hops = trace.map((hop): PathBox => {
    const decides = hop.layer === decidedBy.layer && hop.rule === decidedBy.rule;
    return {
      title: names[hop.layer],
      text: hop.rule ?? hop.nsg ?? hop.verdict,
      colour: colours[hop.verdict],
      hint: `${hop.verdict}: ${hop.why}`,
      decides,
    };
  });
  const unread: PathBox = {
    title: names.unreadable,
    text: verdict,
    colour: colours[verdict],
    hint: because,
    decides: true,
  };
  const vm: PathBox = { title: "VM", text: destination, colour: colours[verdict], hint: because, decides: false };
  return [client, ...(hops.length > 0 ? hops : [unread]), vm];
}
