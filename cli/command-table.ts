import type { FlagName } from "./flags.ts";

interface Command {
  /** The argument that follows the command's name. */
  readonly operand?:
    | "VM"
    | "NAME"
    | "NAME=VALUE"
    | "RUN"
    | "OPERATION"
    | "HOST[:PORT]"
    | "[HOST[:PORT]]"
    | "ERROR"
    | "WORLD"
    | "SHELL";
  /** All arguments together are one operand. */
  readonly joinsArguments?: true;
  readonly summary: string;
  /** Details, shown only in the help of this command. */
  readonly details: string;
  readonly flags: readonly FlagName[];
  /** The example without the program's name, in parts; a long line may be broken between two parts. */
  readonly examples: readonly (readonly string[])[];
}

const vmNames = ["subscription", "resource-group", "name"] as const;
const formats = ["output", "query", "json"] as const;
/** Where the work is done. */
const where = ["service", "profile"] as const;
const sandbox = ["sandbox", "guest", ...where, ...formats] as const;
const whichVms = ["vms", "scope", "tag", "graph-query"] as const;
const inWaves = ["canary", "waves", "at-work", "per-subscription", "per-region", "max-failures", "busy"] as const;
const exampleRun = "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b";

const exampleOperation = "b7c1d2e3-4f50-4a6b-8c7d-9e0f1a2b3c4d";

/** All commands. The parser and the help texts are built from this table. */
export const commands = {
  diagnose: {
    operand: "VM",
    summary: "Find out why a VM drops RDP; change nothing.",
    details:
      "Reads the VM and its network from Azure, collects evidence inside Windows with one read-only Run Command, and shows what every check found and what a repair would do.",
    flags: [...vmNames, "checks", "from", "error", "all", ...sandbox],
    examples: [
      ["diagnose --sandbox several-faults"],
      ["diagnose --subscription ID", "--resource-group rg-app --name vm-app-01", "--from 203.0.113.7"],
    ],
  },
  repair: {
    operand: "VM",
    summary: "Diagnose, apply the least invasive plan, prove it.",
    details:
      "Two Run Commands: one collects evidence, one applies the whole plan and collects evidence again. Changes that do not prove themselves are rolled back. On a terminal, a plan that restarts services or is riskier is shown and asked about; --yes skips the question up to --max-risk. Elsewhere --max-risk decides, and a riskier plan waits for decide.",
    flags: [
      ...vmNames,
      "dry-run",
      "yes",
      "max-risk",
      "remediations",
      "weaken-minutes",
      "force",
      "checks",
      "from",
      "error",
      "request-access",
      "all",
      ...sandbox,
    ],
    examples: [
      ["repair --sandbox several-faults"],
      ["repair --subscription ID", "--resource-group rg-app --name vm-app-01", "--dry-run"],
    ],
  },
  network: {
    operand: "VM",
    summary: "Show which clients reach the VM, and which rule decides.",
    details:
      "Reads the VM and its network from Azure and runs nothing inside Windows. Draws the path from each source to the listener with the hop that decides, and proposes the narrowest rule for a denied source. The port is the one that an earlier run on this machine saw, else 3389.",
    flags: [...vmNames, "from", "port", "error", ...sandbox],
    examples: [
      ["network --sandbox nsg-denies --from 10.0.0.9"],
      ["network --subscription ID", "--resource-group rg-app --name vm-app-01", "--from 203.0.113.7"],
    ],
  },
  decide: {
    operand: "RUN",
    summary: "Approve or reject a waiting plan.",
    details: "Give --approve or --reject. An approved plan is applied at once, and the result is shown.",
    flags: ["approve", "reject", "plan", "reason", "last", "all", ...where, ...formats],
    examples: [[`decide ${exampleRun} --approve`, "--plan 5c01b7d2a9e4"]],
  },
  cancel: {
    operand: "RUN",
    summary: "Cancel a run before its first change.",
    details:
      "A run that waits for a decision, or still reads the VM, ends at once and changes nothing. A change that has begun continues in the VM; undo the run when it has ended.",
    flags: ["last", ...where, ...formats],
    examples: [[`cancel ${exampleRun}`]],
  },
  resume: {
    operand: "RUN",
    summary: "Resume an interrupted run.",
    details:
      "Resumes a run whose program has ended, even if the run has begun to change the VM, and shows its result. Other commands do not resume such a run, or ask first. A run that was interrupted before its first change is cancelled after an hour.",
    flags: ["last", "all", ...where, ...formats],
    examples: [[`resume ${exampleRun}`]],
  },
  undo: {
    operand: "RUN",
    summary: "Undo the changes of a run.",
    details:
      "Restores the state before the run from the run's journal on the VM, newest change first. Values that were changed since are kept and named. A run that keeps a setting weakened restores it now.",
    flags: ["force", "last", "all", ...where, ...formats],
    examples: [[`undo ${exampleRun}`]],
  },
  show: {
    operand: "RUN",
    summary: "Show a run: findings, plan, changes, proof.",
    details:
      "Reads the runs stored on this machine, or those of the service; does not call Azure. --format html makes one page with answers, findings, plan, handshakes, network path and timeline, to attach to a ticket; it holds names and addresses.",
    flags: ["last", "format", "out", "all", ...where, ...formats],
    examples: [[`show ${exampleRun}`], [`show ${exampleRun}`, "--format html --out report.html"]],
  },
  "support-bundle": {
    operand: "RUN",
    summary: "Write a zip file about a run, for a support case.",
    details:
      "Holds the words to open the case with, the evidence, findings, plan, handshakes, Azure's states and the timeline. Names, accounts, addresses and ids become placeholders, unless --with-names is given. Does not call Azure.",
    flags: ["last", "out", "with-names", ...where, ...formats],
    examples: [[`support-bundle ${exampleRun}`]],
  },
  runs: {
    summary: "List the runs of this machine, or of the service.",
    details: "Reads the runs stored on this machine, or those of the service; does not call Azure.",
    flags: ["vm", "state", "outcome", "since", "limit", ...where, ...formats],
    examples: [["runs --limit 5"], ["runs --since 1d", "--outcome failed"]],
  },
  export: {
    summary: "Write all runs stored on this machine as JSON lines.",
    details:
      "One line for each run, newest first, with everything that is stored: evidence, plan, receipts, log, and the names in them. A run that this version cannot read is counted and left out. Does not call Azure.",
    flags: ["vm", "out", ...formats],
    examples: [["export --out runs.jsonl"]],
  },
  probe: {
    operand: "HOST[:PORT]",
    summary: "Test RDP and TLS from this machine; show where it fails.",
    details:
      "Resolves the name, connects, negotiates and makes TLS handshakes as a client does, tries UDP, but sends no credentials. With --gateway it tests an RD Gateway instead. Does not call Azure. A server may log an error for a TLS version that it does not support.",
    flags: ["proxy", "gateway", ...formats],
    examples: [
      ["probe vm-app-01.westeurope.cloudapp.azure.com"],
      ["probe [2001:db8::4]:3390", "--proxy socks5://jump:1080"],
      ["probe gateway.example.com --gateway"],
    ],
  },
  "client-checks": {
    operand: "[HOST[:PORT]]",
    summary: "List what to look at on the client, most telling first.",
    details:
      "For the case that the VM is in order and a client still fails. With HOST it first probes the server from this machine, and the stage that fails orders the list; --error orders it too. --script prints a read-only script for Windows PowerShell 5.1 that looks at all of it. Does not call Azure.",
    flags: ["error", "proxy", "script", ...formats],
    examples: [
      ["client-checks vm-app-01.westeurope.cloudapp.azure.com", "--error 0x904/0x7"],
      ["client-checks vm-app-01.westeurope.cloudapp.azure.com", "--script"],
    ],
  },
  explain: {
    operand: "ERROR",
    joinsArguments: true,
    summary: "Explain an error of a Remote Desktop client.",
    details:
      "ERROR is what the client shows: codes (0x904 0x7, 2308), the text of its dialog in quotes, or an event of its log (226 with 0x8000FFFF). Shows the names of the codes, what they prove and what they do not, the likely causes, and the command that decides. Does not call Azure.",
    flags: [...formats],
    examples: [["explain 0x904 0x7"], ["explain 'An internal error has occurred'"]],
  },
  serve: {
    summary: "Serve the HTTP API on this machine.",
    details:
      "Listens on 127.0.0.1 only, resumes unfinished runs, and runs until it is stopped. Callers sign in with Microsoft Entra ID. /api/openapi.json describes the API.",
    flags: ["port", "sandbox", "guest", "profile"],
    examples: [["serve --sandbox several-faults"], ["serve --port 8080"]],
  },
  mcp: {
    summary: "Serve tools to an agent over its input and output.",
    details:
      "A server of the Model Context Protocol on standard input and output, for a program that starts it: tools that explain errors, diagnose VMs, read runs and propose repairs, with your sign-in; with --service in a deployed service, else on this machine. A proposed repair waits until a person decides on it; no tool can. It ends with its input.",
    flags: ["sandbox", "guest", ...where],
    examples: [["mcp --sandbox several-faults"], ["mcp --service https://func-rdp.example.net"]],
  },
  scan: {
    operand: "VM",
    summary: "Tell what will lock people out later; change nothing.",
    details:
      "Diagnoses one VM or many, and lists what will lock people out unless somebody acts: a certificate that ends and cannot be renewed, one that somebody chose and that ends, what the next restart of Windows stops, licences, access that ends, an agent that is too old. Each with its time and its cure. Also what is broken now. --out writes it as .csv or .json. Exit code 1 when there is anything to do.",
    flags: [...vmNames, ...whichVms, "days", "at-work", "out", ...sandbox],
    examples: [
      ["scan --sandbox fleet-with-lockouts"],
      ["scan --scope /subscriptions/ID", "--days 60 --out lockouts.csv"],
    ],
  },
  "fleet diagnose": {
    summary: "Diagnose many VMs as one operation.",
    details:
      "Finds the VMs with a query of Azure Resource Graph, and diagnoses a canary first, then wave after wave. Shows the progress until the end. Ctrl-C pauses it; fleet resume goes on.",
    flags: [...whichVms, ...inWaves, "checks", "from", "error", ...sandbox],
    examples: [
      ["fleet diagnose --sandbox several-faults"],
      ["fleet diagnose --scope /subscriptions/ID/resourceGroups/rg-app", "--tag environment=test"],
    ],
  },
  "fleet repair": {
    summary: "Repair many VMs as one operation.",
    details:
      "As fleet diagnose, but each VM is repaired under the same rules as by repair: --max-risk decides, and a riskier plan waits for decide, or for fleet decide about all plans of its kind. Too many failures stop the operation: no further VM starts.",
    flags: [
      ...whichVms,
      ...inWaves,
      "dry-run",
      "max-risk",
      "remediations",
      "weaken-minutes",
      "force",
      "checks",
      "from",
      "error",
      "request-access",
      ...sandbox,
    ],
    examples: [
      ["fleet repair --sandbox several-faults"],
      ["fleet repair --vms vms.txt", "--canary 5 --waves 10,100 --max-failures 5"],
    ],
  },
  "fleet list": {
    summary: "List the operations stored on this machine.",
    details: "Newest first; does not call Azure.",
    flags: ["limit", ...where, ...formats],
    examples: [["fleet list"]],
  },
  "fleet show": {
    operand: "OPERATION",
    summary: "Show an operation: progress, waves, plans that wait.",
    details: "Reads what is stored on this machine; does not call Azure.",
    flags: [...where, ...formats],
    examples: [[`fleet show ${exampleOperation}`]],
  },
  "fleet results": {
    operand: "OPERATION",
    summary: "Write what became of each VM to a file.",
    details:
      "As CSV, as JSON, or as one HTML page that needs nothing else, by the ending of --out. Does not call Azure.",
    flags: ["out", ...where, ...formats],
    examples: [[`fleet results ${exampleOperation}`, "--out operation.html"]],
  },
  "fleet decide": {
    operand: "OPERATION",
    summary: "Approve or reject all waiting plans of one kind.",
    details:
      "Give --approve or --reject, and --plan with the kind that fleet show names. A plan that asks for more than its risk, e.g. because somebody is logged on, still waits for decide. Then the operation is followed to its end.",
    flags: ["approve", "reject", "plan", ...where, ...formats],
    examples: [[`fleet decide ${exampleOperation}`, "--approve --plan 5c01b7d2a9e4"]],
  },
  "fleet pause": {
    operand: "OPERATION",
    summary: "Start no further VM for now.",
    details: "What is at work goes on to its end.",
    flags: [...where, ...formats],
    examples: [[`fleet pause ${exampleOperation}`]],
  },
  "fleet resume": {
    operand: "OPERATION",
    summary: "Go on with a paused or interrupted operation.",
    details: "Takes up its runs too, and shows the progress until the end.",
    flags: [...where, ...formats],
    examples: [[`fleet resume ${exampleOperation}`]],
  },
  "fleet cancel": {
    operand: "OPERATION",
    summary: "End an operation: no further VM starts.",
    details: "Runs that have changed nothing yet are cancelled; the others go on to their end, which is awaited.",
    flags: [...where, ...formats],
    examples: [[`fleet cancel ${exampleOperation}`]],
  },
  "config list": {
    summary: "List the profiles: service, subscription, and more.",
    details:
      "A profile holds service, subscription, group, output and time-zone; a flag goes before it. The first line is the file that keeps the profiles. A sandbox uses no service and no subscription of a profile.",
    flags: ["profile", ...formats],
    examples: [["config list"]],
  },
  "config get": {
    operand: "NAME",
    summary: "Print one value of the profile.",
    details: "Prints the value alone, for scripts.",
    flags: ["profile", ...formats],
    examples: [["config get service"]],
  },
  "config set": {
    operand: "NAME=VALUE",
    summary: "Set one value of the profile.",
    details: "The names are service, subscription, group, output and time-zone.",
    flags: ["profile", ...formats],
    examples: [
      ["config set service=https://rdp.contoso.com"],
      ["config set service=https://rdp-test.contoso.com", "--profile test"],
    ],
  },
  "config unset": {
    operand: "NAME",
    summary: "Remove one value of the profile.",
    details: "A profile without values is removed.",
    flags: ["profile", ...formats],
    examples: [["config unset service"]],
  },
  "notify test": {
    summary: "Send a test to each receiver of notifications.",
    details:
      "Reads the receivers of RDP_REMEDIATION_NOTIFICATIONS and shows what each answers, whatever its rules. It has no part in any run.",
    flags: ["sandbox", "guest", ...formats],
    examples: [["notify test"], ["notify test --sandbox healthy"]],
  },
  catalogue: {
    summary: "List every check and every remediation.",
    details: "Shows each remediation with its risk and the checks that it restores.",
    flags: [...formats],
    examples: [["catalogue"]],
  },
  sandbox: {
    operand: "WORLD",
    summary: "Keep a simulated Azure open for a second terminal.",
    details:
      "WORLD is a world file, or the name of a shipped world. Prints what to type in a second terminal, for bash, zsh and PowerShell, so that its commands use the sandbox as Azure. Runs there are stored apart from those of the real Azure, and marked as simulated. Ends with Ctrl-C.",
    flags: ["guest"],
    examples: [["sandbox several-faults"]],
  },
  demo: {
    summary: "Show a repair and its undo on a simulated VM.",
    details:
      "Diagnoses, repairs and restores a simulated VM with three faults, and verifies every claim before it is printed. Needs no Azure account.",
    flags: ["guest"],
    examples: [["demo"]],
  },
  completion: {
    operand: "SHELL",
    summary: "Print the completion script of bash, zsh or powershell.",
    details:
      "The script completes commands, flags, risks and the names of shipped worlds. bash: put source <(rdp-remediation completion bash) into ~/.bashrc. zsh: the same with zsh, after compinit, into ~/.zshrc. PowerShell: rdp-remediation completion powershell | Out-String | Invoke-Expression in $PROFILE.",
    flags: [],
    examples: [["completion bash"]],
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as CommandName[];

export function commandOf(name: CommandName): Command {
  return commands[name];
}
