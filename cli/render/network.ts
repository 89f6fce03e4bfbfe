import type { Finding } from "../../lib/core/finding.ts";
import type { NetworkHop, NetworkLayer, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { defaultRdpPort } from "../../lib/core/windows.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import type { Layout, Style } from "./layout.ts";
import { renderGrounds } from "./network-grounds.ts";
import { wrapText } from "./wrap.ts";

/*
 * The path of a packet, hop by hop from the client to the listener, with a mark at the hop that decides.
 */

type Fate = NetworkHop["verdict"] | "not-reached" | "not-seen";

interface Row {
  readonly point: string;
  readonly fate: Fate;
  readonly says: string;
  readonly decides: boolean;
}

const styles: Record<Fate, Style> = {
  allowed: "good",
  passed: "quiet",
  denied: "bad",
  unknown: "doubt",
  "not-reached": "quiet",
  "not-seen": "quiet",
};

const words: Record<Fate, string> = {
  allowed: "ok",
  passed: "ok",
  denied: "denied",
  unknown: "unknown",
  "not-reached": "-",
  "not-seen": "-",
};

/** The verdicts of the run as paths. When the caller named sources, only those. */
export function renderPaths(run: RunView, layout: Layout): string[] {
  const all = run.network;
  const asked = all.filter((verdict) => verdict.asked);
  const findings = run.findingsAfter.length > 0 ? run.findingsAfter : run.findings;
  const shown = asked.length > 0 ? asked : all;
  const inside = { findings, portAssumed: !run.endpoint.isPortKnown };
  return shown.flatMap((verdict, index) => [...(index > 0 ? [""] : []), ...renderPath(verdict, inside, layout)]);
}

/** The end of the path, inside Windows. */
export interface InsideWindows {
  readonly findings: readonly Finding[];
  /** The listener's port is neither given nor known: the default port was evaluated. */
  readonly portAssumed: boolean;
}

export function renderPath(verdict: NetworkVerdict, inside: InsideWindows, layout: Layout): string[] {
  const { paint, width } = layout;
  const rows = rowsOf(verdict, inside);
  const pointColumns = Math.max(...rows.map(({ point }) => point.length));
  const lines = rows.flatMap(({ point, fate, says, decides }) => {
    const word = words[fate].padEnd(7);
    const head = `${decides ? ">" : " "} ${word}  ${point.padEnd(pointColumns)}  `;
    const [first = head, ...more] = wrapText(says, width, head, " ".repeat(head.length));
    return [first.replace(word, paint(styles[fate], word)), ...more];
  });
  return [
    `${verdict.source} -> ${verdict.destination}  ${headline(verdict, inside, layout)}`,
    ...lines,
    ...(verdict.trace.length > 0 ? renderGrounds(verdict, layout) : []),
  ];
}

/** The verdict on the whole path: a firewall that was looked at decides what the network lets through. */
function headline(verdict: NetworkVerdict, inside: InsideWindows, { paint }: Layout): string {
  const last = verdict.verdict === "allowed" ? firewallFor(verdict.source, inside) : null;
  if (last === "denied" || last === "unknown") {
    return `${paint(styles[last], last)} by the Windows firewall; the network lets it through`;
  }
  return paint(styles[verdict.verdict], verdict.verdict);
}

/** What the Windows firewall does with this source; `null`: it was not looked at. */
function firewallFor(source: string, { findings }: InsideWindows): "allowed" | "denied" | "unknown" | null {
  const finding = findings.find(({ check }) => check === "windows-firewall-allows-rdp");
  if (!finding || finding.verdict === "not-applicable") return null;
  switch (finding.evidence[source]) {
    case "allowed":
      return "allowed";
    case "part":
    case "unknown":
      return "unknown";
    case "denied":
      return "denied";
    default:
      return fates[finding.verdict];
  }
}

const fates = {
  healthy: "allowed",
  noted: "allowed",
  intended: "denied",
  faulty: "denied",
  unknown: "unknown",
} as const;

/** The hops of a path, in packet order; some exist only when the VM's network has them. */
const points: readonly { layer: NetworkLayer; point: string; always: boolean }[] = [
  { layer: "unreadable", point: "way in", always: false },
  { layer: "bastion", point: "Bastion", always: false },
  { layer: "load-balancer", point: "load balancer", always: false },
  { layer: "public-ip", point: "public address", always: false },
  { layer: "admin-rules", point: "admin rules", always: true },
  { layer: "subnet-nsg", point: "subnet NSG", always: true },
  { layer: "nic-nsg", point: "NIC NSG", always: true },
  { layer: "no-nsg", point: "NSG", always: false },
  { layer: "return-route", point: "return route", always: false },
];

function rowsOf({ source, path, trace, verdict, decidedBy, because }: NetworkVerdict, inside: InsideWindows): Row[] {
  const client: Row = { point: "client", fate: "passed", says: `${source}, ${ways[path]}`, decides: false };
  if (trace.length === 0) {
    const unjudged: Row = { point: "Azure", fate: verdict, says: because, decides: true };
    return [client, unjudged, ...guestRows(source, false, inside)];
  }
  const hasGroups = !trace.some(({ layer }) => layer === "no-nsg");
  const last = points.findIndex(({ layer }) => layer === trace.at(-1)?.layer);
  const stops = verdict === "denied";
  const azure = points.flatMap(({ layer, point, always }, index): Row[] => {
    const own = trace.filter((step) => step.layer === layer);
    if (own.length > 0) {
      return own.map(({ verdict: fate, why, rule }) => {
        return { point, fate, says: why, decides: layer === decidedBy.layer && rule === decidedBy.rule };
      });
    }
    const shown = always && (hasGroups || layer === "admin-rules");
    if (!shown) return [];
    const notReached = stops && index > last;
    return [
      { point, fate: notReached ? "not-reached" : "passed", says: notReached ? "not reached" : "none", decides: false },
    ];
  });
  return [client, ...azure, ...guestRows(source, stops, inside)];
}

const ways: Record<NetworkVerdict["path"], string> = {
  private: "to the private address",
  public: "by the public address",
  "load-balancer": "by a load balancer",
  bastion: "by Azure Bastion",
};

/** The hop inside Windows: the findings of this run, when it collected evidence there. */
function guestRows(source: string, stopped: boolean, inside: InsideWindows): Row[] {
  const { findings, portAssumed } = inside;
  const assumed = portAssumed ? `; that it listens on port ${defaultRdpPort} is assumed` : "";
  return [
    { point: "Windows firewall", check: "windows-firewall-allows-rdp", more: "" },
    { point: "listener", check: "rdp-listener-is-listening", more: assumed },
  ].map(({ point, check, more }) => {
    const finding = findings.find((one) => one.check === check);
    if (!finding) {
      const says = stopped ? `not reached${more}` : `not looked at: that takes a diagnosis inside the VM${more}`;
      return { point, fate: stopped ? "not-reached" : "not-seen", says, decides: false };
    }
    const fate =
      (check === "windows-firewall-allows-rdp" && firewallFor(source, inside)) ||
      (finding.verdict === "not-applicable" ? "passed" : fates[finding.verdict]);
    // The finding may be about another source.
    const says = fate === "allowed" && finding.verdict === "faulty" ? `it lets ${source} in` : finding.because;
    return { point, fate, says, decides: false };
  });
}
