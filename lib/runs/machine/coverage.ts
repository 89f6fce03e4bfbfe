import type { Coverage } from "../../core/coverage.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type GuestEvidence, isUnreadable, type SectionName } from "../../core/guest-evidence.ts";
import type { Run } from "../../core/run.ts";
import { traitsOf } from "../../core/vm-kinds.ts";

/*
 * What a run looked at, derived from its evidence alone. Healthy means healthy as far as this.
 */

/** What each section of the guest's evidence is about, for people; `null`: nothing that they would miss. */
const subjects: Record<SectionName, string | null> = {
  system: null,
  services: "the services, listener and settings of Remote Desktop",
  listener: "the services, listener and settings of Remote Desktop",
  registry: "the services, listener and settings of Remote Desktop",
  certificate: "its certificate and key",
  keys: "its certificate and key",
  agent: null,
  schannel: "TLS",
  firewall: "the Windows firewall",
  events: null,
  sessions: null,
  journal: null,
  handshake: "a handshake on the VM itself",
  rights: "the rights to log on",
  licensing: "Remote Desktop licences",
  domain: "the domain",
  logOns: "failed log-ons",
  subsystem: "what starts a session",
  supportingServices: "the services that Remote Desktop needs",
  guestNetwork: "the addresses, gateway and DNS servers in Windows",
  installedProducts: null,
};

/** What no look at a VM can judge. */
const beyond: Coverage["notLooked"] = [
  {
    what: "the user's account and password",
    next: "Sign in with another account, or ask the owner of the account for its state.",
  },
  {
    what: "the client (its support of NLA, saved credentials), and gateways, proxies, tunnels and VPNs in between",
    next: "Run probe and client-checks where the client is, and explain for the error that it shows.",
  },
];

export function coverageOf(run: Run): Coverage | undefined {
  const evidence = run.after ?? run.before;
  if (!evidence) return undefined;
  const { guest, network } = evidence;
  const judged = network.filter(({ verdict }) => verdict !== "unknown").map(({ source }) => source);
  const from = unique(judged);
  return {
    reach: reachOf(run, evidence),
    looked: [
      "the VM as Azure reports it",
      ...(from.length > 0 ? [`the network from ${from.join(", ")}`] : []),
      ...(guest ? subjectsOf(guest, (section) => !isUnreadable(section)) : []),
      ...(run.outside.after?.completed || run.outside.before?.completed ? ["a handshake from the service"] : []),
    ],
    notLooked: [...unread(evidence), ...withoutNetwork(evidence), ...withoutClient(run), ...beyond],
  };
}

function reachOf({ outside }: Run, { guest, network }: Evidence): Coverage["reach"] {
  if (!guest) return "azure";
  const { handshake } = guest;
  const isAnswered = !isUnreadable(handshake) && handshake.result !== "failed";
  if (!isAnswered) return "windows";
  const asked = Map.groupBy(
    network.filter((verdict) => verdict.asked),
    ({ source }) => source,
  );
  const getsIn = [...asked.values()].map((verdicts) => verdicts.some(({ verdict }) => verdict === "allowed"));
  const isClientJudged = getsIn.length > 0 && getsIn.every(Boolean);
  const isSeenFromOutside = (outside.after ?? outside.before)?.completed === true;
  return isClientJudged || isSeenFromOutside ? "client" : "tls";
}

function unread({ guest }: Evidence): Coverage["notLooked"] {
  if (!guest) {
    return [{ what: "the inside of Windows", next: "Diagnose the VM when it runs and its agent is ready." }];
  }
  const known = subjectsOf(guest, (section) => !isUnreadable(section));
  return subjectsOf(guest, isUnreadable)
    .filter((subject) => !known.includes(subject))
    .map((what) => ({ what: `${what} (could not be read)`, next: "The findings say why." }));
}

function withoutNetwork({ azure }: Evidence): Coverage["notLooked"] {
  if (!("outside" in azure.network)) return [];
  const next = "Run probe where the client is, or ask the owner of the network that the server is in.";
  return [{ what: "the network in front of the server", next }];
}

function withoutClient({ options, vm }: Run): Coverage["notLooked"] {
  if (options.sources.length > 0 || !traitsOf(vm).hasNetwork) return [];
  return [{ what: "the network from your client's address", next: "Name the address as a source (--from)." }];
}

function subjectsOf(guest: GuestEvidence, wanted: (section: unknown) => boolean): string[] {
  const names = (Object.keys(subjects) as SectionName[]).filter((name) => wanted(guest[name]));
  return unique(names.flatMap((name) => subjects[name] ?? []));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
