import { permitsRisk, type Risk } from "../../lib/core/risk.ts";
import { RunOptions } from "../../lib/core/run-request.ts";
import { describeStarting } from "../../lib/core/starting.ts";
import { parseVmId, type VmId, vmKey } from "../../lib/core/vm-id.ts";
import { explainHint } from "../../lib/error-codes/explain-hint.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import type { Layout } from "./layout.ts";
import { renderCommand } from "./section.ts";
import { renderTime } from "./time.ts";
import { wrapText } from "./wrap.ts";

/** The environment in which a run was made. It decides which commands can follow. */
export interface CommandPlace {
  /** The words that start the program, as the user types them. */
  readonly program: string;
  /** The sandbox, which ends with this call together with its runs; `null` for the real Azure. */
  readonly sandbox: Simulation | null;
  /** The sandbox that another terminal keeps open; to a command it is like the real Azure. */
  readonly keptOpen?: Pick<Simulation, "world" | "guest">;
  /** The flags that lead a later command to the same place: those of the service, when they were typed. */
  readonly flags?: readonly string[];
  /** Whether the user asked for everything: every check, exact times, all that was looked at. */
  readonly showsAll?: boolean;
}

export interface Simulation {
  /** The name or path that the user gave. */
  readonly world: string;
  readonly guest: "modelled" | "pwsh";
  readonly firstVm: VmId;
}

/** A command to type next, and what it does. A long command may be broken between two parts. */
export interface NextStep {
  readonly command: readonly string[];
  readonly does: string;
}

const defaultRisk = RunOptions.shape.maximumRisk.parse(undefined);

/** What a command that is told needs at its end, to be about the same place. */
export function flagsOf({ flags = [] }: CommandPlace): string {
  return flags.map((flag) => ` ${flag}`).join("");
}

/** The commands that may follow this run, the most likely one first. */
export function nextSteps(run: RunView, place: CommandPlace): NextStep[] {
  const { flags = [] } = place;
  const goesThere = ({ command: [first = ""] }: NextStep) => !/ (probe|client-checks) /.test(first);
  return stepsAfter(run, place).map((step) =>
    goesThere(step) ? { ...step, command: [...step.command, ...flags] } : step,
  );
}

function stepsAfter(run: RunView, place: CommandPlace): NextStep[] {
  const { program, sandbox } = place;
  if (run.state === "awaiting-approval") return decisions(run, place);
  if (run.state === "weakened") return restoring(run, place);
  if (run.state !== "ended") {
    const steps = [{ command: [`${program} resume ${run.id}`], does: "Go on with it, and see its result." }];
    return run.accepts.includes("cancel") ? [...steps, cancelling(run, place)] : steps;
  }
  if (run.mode === "undo") return undoAgain(run, place);
  const steps: NextStep[] = [];
  if (run.outcome === "unknown") {
    steps.push({ command: [`${program} diagnose`, ...vmArguments(run, place)], does: "See the state of the VM." });
  }
  const { windowsStarting: starting } = run;
  if (starting && run.outcome === "advised" && !mayHaveChanged(run)) {
    const again = [`${program} ${run.mode}`, ...vmArguments(run, place), ...planArguments(run)];
    steps.push({ command: again, does: describeStarting(starting) });
  }
  if (mayHaveChanged(run)) {
    const undo = { command: [`${program} undo ${run.id}`], does: "Undo the changes of this run." };
    steps.push(...(sandbox ? openSandbox(place) : [undo]));
  } else if (mayTryAgain(run)) {
    const repair = [`${program} repair`, ...vmArguments(run, place), ...planArguments(run)];
    steps.push({ command: repair, does: "Apply the plan and prove it." });
  }
  if (run.outcome === "healthy" && !sandbox) steps.push(...probing(run, place));
  const problem = run.error?.code;
  if (problem === "VmClaimed") {
    steps.push({ command: [`${program} runs`], does: "Find the run that has reserved this VM." });
  }
  if (problem === "Internal" && !sandbox) {
    steps.push({ command: [`${program} show ${run.id} --json`], does: "See where the error happened, to report it." });
  }
  return steps;
}

/** A VM without a fault: what fails lies elsewhere. The public address, when there is one, is what clients use. */
function probing(run: RunView, { program }: CommandPlace): NextStep[] {
  const { addresses, port } = run.endpoint;
  const address = addresses.at(-1);
  if (!address) return [];
  const host = address.includes(":") ? `[${address}]` : address;
  const server = `${host}:${port}`;
  return [
    {
      command: [`${program} probe ${server}`],
      does: "Where the client is: see how far the connection gets from there.",
    },
    {
      command: [`${program} client-checks ${server}`, ...errorArguments(run.options.clientError)],
      does: "Where the client is: what to look at there, the most telling first.",
    },
  ];
}

function cancelling({ id }: RunView, { program }: CommandPlace): NextStep {
  return { command: [`${program} cancel ${id}`], does: "Cancel it. It has changed nothing." };
}

/** A plan exists and was neither applied nor rejected. */
function mayTryAgain(run: RunView): boolean {
  if (run.decision?.approved === false) return false;
  const tried = ["unknown", "not-repaired", "undone"].includes(run.outcome ?? "");
  return !tried && (run.plan?.changes.length ?? 0) > 0;
}

function openSandbox({ program, sandbox }: CommandPlace): NextStep[] {
  return [{ command: [`${program} sandbox ${quote(sandbox?.world ?? "")}`], does: keepOpen }];
}

const keepOpen =
  "This sandbox has ended, and its run with it. Keep one open, and type more commands in a second terminal, e.g. undo.";

function decisions(run: RunView, place: CommandPlace): NextStep[] {
  const { program, sandbox } = place;
  // A higher risk limit would not help when active sessions are the reason for the decision.
  if (sandbox && permitsRisk(run.options.maximumRisk, run.plan?.risk ?? "none")) return openSandbox(place);
  if (sandbox) {
    const command = [`${program} repair`, ...vmArguments(run, place), ...planArguments(run, run.plan?.risk)];
    return [{ command, does: "Allow this risk without a decision. This run ended with its sandbox." }];
  }
  return [
    {
      command: [`${program} decide ${run.id} --approve`, `--plan ${run.plan?.hash.slice(0, 12)}`],
      does: `Apply the plan. Without a decision until ${renderTime(run.decideByDateTime ?? "")} the run is cancelled.`,
    },
    { command: [`${program} decide ${run.id} --reject`], does: "Reject the plan; the VM is not changed." },
  ];
}

function restoring(run: RunView, place: CommandPlace): NextStep[] {
  const { program, sandbox } = place;
  if (sandbox) return openSandbox(place);
  return [
    {
      command: [`${program} undo ${run.id}`],
      does: `Restore the setting now. The VM restores it itself at ${renderTime(run.weakenedUntilDateTime ?? "")}; a later command here verifies that.`,
    },
  ];
}

function undoAgain(run: RunView, { program }: CommandPlace): NextStep[] {
  const undo = `${program} undo ${run.options.undoes}`;
  if (run.conflicts.length > 0) return [{ command: [`${undo} --force`], does: "Restore these values too." }];
  return run.outcome === "undone" ? [] : [{ command: [undo], does: "Try again." }];
}

/** Changes were made and remain, or it is unknown whether they were made. */
function mayHaveChanged(run: RunView): boolean {
  if (run.outcome === "not-repaired" || run.outcome === "undone") return false;
  const lost = run.outcome === "unknown" && (run.plan?.changes.length ?? 0) > 0;
  return lost || run.receipts.some((receipt) => receipt.changed);
}

function vmArguments({ vm: id }: RunView, { sandbox }: CommandPlace): string[] {
  const read = parseVmId(id);
  if (!read.ok) return [id];
  const vm = read.value;
  // The three options name a VM; every other machine is named by its resource id.
  if (vm.kind)
    return sandbox && vmKey(vm) === vmKey(sandbox.firstVm)
      ? [`--sandbox ${quote(sandbox.world)}`]
      : [quote(id), ...(sandbox ? [`--sandbox ${quote(sandbox.world)}`] : [])];
  const names = [
    `--subscription ${vm.subscriptionId}`,
    `--resource-group ${quote(vm.resourceGroup)}`,
    `--name ${vm.name}`,
  ];
  if (!sandbox) return names;
  const world = `--sandbox ${quote(sandbox.world)}`;
  return vmKey(vm) === vmKey(sandbox.firstVm) ? [world] : [world, ...names];
}

/** All options of the request, so that the command does exactly what was requested. */
function planArguments({ options, mode }: RunView, risk: Risk = options.maximumRisk): string[] {
  const isDefault = mode !== "repair" || risk === defaultRisk;
  return [
    ...(options.checks ? [`--checks ${options.checks.join(",")}`] : []),
    ...(options.remediations ? [`--remediations ${options.remediations.join(",")}`] : []),
    ...(options.weakenMinutes === undefined ? [] : [`--weaken-minutes ${options.weakenMinutes}`]),
    ...options.sources.map((source) => `--from ${source}`),
    ...errorArguments(options.clientError),
    ...(options.requestAccess ? ["--request-access"] : []),
    ...(isDefault ? [] : [`--max-risk ${risk}`]),
    ...(options.force ? ["--force"] : []),
  ];
}

/** The error of the client in the short form that is understood again; it needs no other quotes. */
function errorArguments(clientError: RunView["options"]["clientError"]): string[] {
  const understood = clientError === undefined ? "" : explainHint(clientError).understood;
  return understood === "" ? [] : [`--error ${quote(understood)}`];
}

/** Quotes an argument for POSIX shells and for PowerShell. */
function quote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text}'`;
}

export function renderNextSteps(steps: readonly NextStep[], layout: Layout): string[] {
  return steps.flatMap(({ command, does }) => [
    ...renderCommand(command, layout),
    ...wrapText(does, layout.width, "      ").map((line) => layout.paint("quiet", line)),
  ]);
}
