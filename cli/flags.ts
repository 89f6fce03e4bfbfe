/*
 * All flags: the name of the value and the description, for the parser, the help texts and the completion. Their values
 * are validated in options.ts. This file imports nothing, so that the help is printed without loading any schema.
 */

interface Flag {
  /** The value's name in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** The flag may be repeated; its values are joined. */
  readonly list?: true;
  /** One letter, as the Azure CLI has it. */
  readonly short?: string;
  /** The only values that are valid. */
  readonly choices?: readonly string[];
}

export const guestKinds = ["auto", "modelled", "pwsh"] as const;

/** `text` is for people; the others are the JSON document of the command in one of the forms of the Azure CLI. */
export const outputNames = ["text", "json", "table", "tsv", "yaml"] as const;
export type OutputName = (typeof outputNames)[number];

export const reportFormats = ["text", "markdown", "html", "json"] as const;

/** Tests compare these lists with those of lib/core, which is not imported for its schemas. */
export const stateNames = [
  "queued",
  "preflight",
  "collecting",
  "planned",
  "awaiting-approval",
  "probing",
  "applying",
  "restarting",
  "verifying",
  "weakened",
  "rolling-back",
  "ended",
] as const;
export const outcomeNames = [
  "healthy",
  "closed-on-purpose",
  "repaired",
  "advised",
  "not-repaired",
  "undone",
  "cancelled",
  "unknown",
  "failed",
] as const;
const riskNames = [
  "none",
  "low",
  "interrupts-sessions",
  "may-lock-out",
  "opens-network",
  "weakens-security",
  "reboots",
  "replaces-keys",
] as const;

export const flags = {
  subscription: { value: "ID", help: "The VM's subscription (by default that of the profile or of the Azure CLI)," },
  "resource-group": { value: "NAME", short: "g", help: "its resource group," },
  name: { value: "NAME", short: "n", help: "and its name, all three instead of an id." },
  checks: { value: "A,B", help: "Run only these checks.", list: true },
  from: {
    value: "ADDRESS",
    help: "Evaluate the network for this source: an address, a CIDR, VirtualNetwork or Internet. May be repeated.",
    list: true,
  },
  error: {
    value: "ERROR",
    help: "What the client shows, e.g. 0x904/0x7: orders the findings and words the outcome. It is never evidence.",
  },
  "request-access": { help: "Request just-in-time access for the sources of --from that it denies." },
  remediations: {
    value: "A,B",
    help: "Plan exactly these remediations instead of the least invasive ones.",
    list: true,
  },
  "max-risk": {
    value: "RISK",
    help: `The highest risk that needs no decision. In order: ${riskNames.join(", ")}. Default: interrupts-sessions.`,
    choices: riskNames,
  },
  "weaken-minutes": {
    value: "N",
    help: "For how many minutes a named remediation weakens a setting. Default: 60, or RDP_REMEDIATION_WEAKEN_MINUTES.",
  },
  yes: { help: "Do not ask on a terminal about a plan within --max-risk." },
  "dry-run": { help: "Show the plan and change nothing." },
  force: {
    help: "repair: plan the named remediations even if the evidence does not require them. undo: restore also values that were changed since.",
  },
  approve: { help: "Approve the plan; it is applied at once." },
  reject: { help: "Reject the plan; nothing is changed." },
  plan: {
    value: "HASH",
    help: "Decide only about this plan: its hash, or at least its first 8 digits. Default: the waiting plan.",
  },
  reason: { value: "TEXT", help: "The reason, for the log of the run." },
  format: {
    value: "FORMAT",
    help: "text (default), markdown, html (one page to attach to a ticket) or json.",
    choices: reportFormats,
  },
  out: {
    value: "FILE",
    help: "Write to this file; it must not exist. support-bundle: by default rdp-RUN.zip. fleet results: by default rdp-OPERATION.csv; its ending, .csv, .json or .html, is the format.",
  },
  "with-names": { help: "Keep names, accounts, addresses and ids instead of placeholders." },
  vm: { value: "ID", help: "Only runs of this VM, by its resource id." },
  limit: { value: "N", help: "At most this many runs, newest first. Default: 20." },
  port: {
    value: "N",
    help: "serve: listen on this port; 0 is any free port; default: 7071, or RDP_REMEDIATION_PORT. network: evaluate this port.",
  },
  proxy: {
    value: "URL",
    help: "Connect through this proxy, http://HOST:PORT (CONNECT) or socks5://HOST:PORT, which resolves the name.",
  },
  gateway: { help: "HOST is an RD Gateway: test HTTPS, its certificate and its path. Port 443 by default." },
  script: { help: "Print the read-only PowerShell script for the client instead." },
  vms: {
    value: "FILE",
    help: "The VMs of the operation: a file with one resource id a line. - is standard input.",
  },
  scope: {
    value: "ID",
    help: "All Windows VMs of this subscription, resource group or uniform scale set, by its resource id.",
  },
  tag: { value: "NAME=VALUE", help: "Of --scope only the VMs with this tag." },
  "graph-query": {
    value: "KQL",
    short: "q",
    help: "The VMs that this Azure Resource Graph query returns; it must keep the columns id, type, location and tags.",
  },
  days: { value: "N", help: "How many days ahead to look. Default: 30." },
  canary: {
    value: "N",
    help: "How many VMs are done first; a failure among them stops the operation. Default: 1.",
  },
  waves: {
    value: "A,B",
    help: "Up to which percentage of the VMs each wave goes. Default: 10,50,100.",
    list: true,
  },
  "at-work": { value: "N", help: "The most VMs at work at once. Default: 50." },
  "per-subscription": { value: "N", help: "The most at work at once in one subscription." },
  "per-region": { value: "N", help: "The most at work at once in one region of a subscription." },
  "max-failures": {
    value: "PERCENT",
    help: "More failures than this share of a wave stop the operation. Default: 10.",
  },
  busy: {
    value: "WAY",
    help: "skip a VM that another run works on, or wait for it up to an hour. Default: skip.",
    choices: ["skip", "wait"],
  },
  sandbox: {
    value: "WORLD",
    help: "Use a simulated Azure, started for this call: a world file, or the name of a shipped world. VM is then optional.",
  },
  guest: {
    value: "KIND",
    help: "How the sandbox simulates Windows: modelled, pwsh (the real scripts in PowerShell 7), or auto. Default: auto.",
    choices: guestKinds,
  },
  last: { help: "The newest run on this machine, instead of RUN." },
  state: { value: "STATE", help: `Only runs in this state: ${stateNames.join(", ")}.`, choices: stateNames },
  outcome: { value: "KIND", help: `Only runs with this outcome: ${outcomeNames.join(", ")}.`, choices: outcomeNames },
  since: {
    value: "TIME",
    help: "Only runs created since then: 30m, 12h or 7d ago, or a time, e.g. 2026-11-30 or 2026-11-30T01:00:00Z.",
  },
  all: { help: "Show every check, exact times (UTC) and all that was looked at." },
  service: {
    value: "URL",
    help: "Work through this service instead of in this process; local: in this process, whatever the profile says.",
  },
  profile: { value: "NAME", help: "The profile of config to use. Default: default, or RDP_REMEDIATION_PROFILE." },
  output: {
    value: "FORM",
    short: "o",
    help: "text (for people), json, yaml, table or tsv.",
    choices: outputNames,
  },
  query: {
    value: "JMESPATH",
    help: "Print only this part of the JSON document. Without --output, as JSON.",
  },
  json: { help: "The same as --output json." },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;
export const flagNames = Object.keys(flags) as FlagName[];

export function flagOf(name: FlagName): Flag {
  return flags[name];
}
