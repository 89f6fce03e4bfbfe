import type { Problem, Result } from "../lib/core/problem.ts";
import { type Invocation, readArguments } from "./arguments.ts";
import type { CommandName } from "./command-table.ts";
import { noDefaults, readDefaults } from "./defaults.ts";
import { exitCodeOfProblem } from "./exit-code.ts";
import { renderCommandHelp, renderHelp, version } from "./help.ts";
import { refuseLostFlags } from "./lost-flags.ts";
import { formatData, toJson } from "./output.ts";
import { cleanText } from "./render/clean.ts";
import { useTimeZone } from "./render/time.ts";
import { wrapText } from "./render/wrap.ts";
import type { Report } from "./report.ts";
import type { Request } from "./request.ts";
import { Stopped } from "./stopped.ts";
import type { Terminal } from "./terminal.ts";

/** Each command is loaded when it is called: the help loads no schema, no database and no SDK. */
const commands: Record<CommandName, (request: Request) => Promise<Result<Report>>> = {
  diagnose: async (request) => (await import("./commands/diagnose.ts")).diagnose(request),
  repair: async (request) => (await import("./commands/repair.ts")).repair(request),
  network: async (request) => (await import("./commands/network.ts")).network(request),
  decide: async (request) => (await import("./commands/decide.ts")).decide(request),
  cancel: async (request) => (await import("./commands/cancel.ts")).cancel(request),
  resume: async (request) => (await import("./commands/resume.ts")).resume(request),
  undo: async (request) => (await import("./commands/undo.ts")).undo(request),
  show: async (request) => (await import("./commands/show.ts")).show(request),
  "support-bundle": async (request) => (await import("./commands/support-bundle.ts")).writeSupportBundle(request),
  runs: async (request) => (await import("./commands/runs.ts")).runs(request),
  export: async (request) => (await import("./commands/export.ts")).exportRuns(request),
  probe: async (request) => (await import("./commands/probe.ts")).probe(request),
  "client-checks": async (request) => (await import("./commands/client-checks.ts")).listClientChecks(request),
  explain: async (request) => (await import("./commands/explain.ts")).explain(request),
  serve: async (request) => (await import("./commands/serve.ts")).serve(request),
  mcp: async (request) => (await import("./commands/mcp.ts")).serveMcp(request),
  scan: async (request) => (await import("./commands/scan.ts")).scan(request),
  "fleet diagnose": async (request) => (await import("./commands/fleet-start.ts")).startFleet(request, "diagnose"),
  "fleet repair": async (request) => (await import("./commands/fleet-start.ts")).startFleet(request, "repair"),
  "fleet list": async (request) => (await import("./commands/fleet-read.ts")).listFleets(request),
  "fleet show": async (request) => (await import("./commands/fleet-read.ts")).showFleet(request),
  "fleet results": async (request) => (await import("./commands/fleet-read.ts")).writeFleetResults(request),
  "fleet decide": async (request) => (await import("./commands/fleet-control.ts")).decideFleet(request),
  "fleet pause": async (request) => (await import("./commands/fleet-control.ts")).pauseFleet(request),
  "fleet resume": async (request) => (await import("./commands/fleet-control.ts")).resumeFleet(request),
  "fleet cancel": async (request) => (await import("./commands/fleet-control.ts")).cancelFleet(request),
  "config list": async (request) => (await import("./commands/config.ts")).listConfig(request),
  "config get": async (request) => (await import("./commands/config.ts")).getConfig(request),
  "config set": async (request) => (await import("./commands/config.ts")).setConfig(request),
  "config unset": async (request) => (await import("./commands/config.ts")).unsetConfig(request),
  "notify test": async (request) => (await import("./commands/notify-test.ts")).testNotifications(request),
  catalogue: async () => (await import("./commands/catalogue.ts")).catalogue(),
  sandbox: async (request) => (await import("./commands/sandbox.ts")).keepSandbox(request),
  completion: async (request) => (await import("./commands/completion.ts")).completion(request),
  demo: async (request) => (await import("./commands/demo.ts")).demo(request),
};

/** Runs one command line (without the program's name) and returns the exit code. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const read = await readArguments(argv);
  if (!read.ok) return tellProblem(read.problem, asksForJson(argv), terminal);
  const invocation = read.value;
  if (invocation.kind === "version") {
    terminal.out.write(`${version}\n`);
    return 0;
  }
  if (invocation.kind === "help") return tellHelp(invocation, terminal);
  const { command, operand, options } = invocation;
  const lost = refuseLostFlags(command, argv, terminal);
  if (lost) return tellProblem(lost, options.json, terminal);
  const defaults = command.startsWith("config ") ? noDefaults(options) : readDefaults(options, terminal.environment);
  if (!defaults.ok) return tellProblem(defaults.problem, options.json, terminal);
  const { profile, output } = defaults.value;
  if (profile["time-zone"]) useTimeZone(profile["time-zone"]);
  try {
    const request = { operand, options: { ...options, json: output !== "text" }, terminal, profile };
    const report = await commands[command](request);
    if (!report.ok) return tellProblem(report.problem, output !== "text", terminal);
    if (output === "text") tellText(report.value, terminal);
    else {
      const told = await formatData(report.value.data, output, options.query, report.value.table);
      if (!told.ok) return tellProblem(told.problem, true, terminal);
      if (told.value !== "") terminal.out.write(`${told.value}\n`);
    }
    return report.value.exitCode;
  } catch (error) {
    if (error instanceof Stopped) return reportStopped(error, options.json, terminal);
    return tellProblem(surprise(error, terminal), options.json, terminal);
  }
}

function tellHelp({ command, asked }: Extract<Invocation, { kind: "help" }>, { program, out, err }: Terminal): number {
  const output = asked ? out : err;
  const lines = command ? renderCommandHelp(command, program, output.layout) : renderHelp(program, output.layout);
  output.write(`${lines.join("\n")}\n`);
  return asked ? 0 : 2;
}

/** Also where the flags could not be read. */
function asksForJson(argv: readonly string[]): boolean {
  const typed = argv.join(" ");
  return /(^| )(--json|(--output|-o)[ =](json|yaml|table|tsv))( |$)/.test(typed);
}

function tellText({ text }: Report, { out }: Terminal): void {
  const lines = text(out.layout);
  if (lines.length > 0) out.write(`${lines.join("\n")}\n`);
}

function tellProblem(problem: Problem, json: boolean, { out, err }: Terminal): number {
  if (json) out.write(`${toJson({ problem })}\n`);
  const lines = wrapText(cleanText(problem.message), err.layout.width, "rdp-remediation: ", "  ");
  err.write(`${lines.map((line) => err.layout.paint("bad", line)).join("\n")}\n`);
  return exitCodeOfProblem(problem);
}

/** A Run Command that changes the VM cannot be stopped; the run can be resumed, and undone from its journal. */
async function reportStopped({ run, place }: Stopped, json: boolean, { program, out, err }: Terminal): Promise<number> {
  if (json) out.write(`${toJson((await import("./report.ts")).reportRun(run, place).data)}\n`);
  const flags = (place.flags ?? []).map((flag) => ` ${flag}`).join("");
  const goesOn = `Stopped waiting. Run ${run.id} has begun to change the VM (${run.state}), and its Run Command goes on inside. See it to its end: ${program} resume ${run.id}${flags}. Then undo it: ${program} undo ${run.id}${flags}.`;
  const ended = `Stopped. Run ${run.id} has ended: ${run.summary}`;
  const text = place.sandbox
    ? "Stopped. The sandbox has ended, and its run with it."
    : run.state === "ended"
      ? ended
      : goesOn;
  err.write(`${wrapText(text, err.layout.width).join("\n")}\n`);
  return 130;
}

function surprise(error: unknown, { environment }: Terminal): Problem {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const more = environment.RDP_REMEDIATION_DEBUG
    ? ` ${stack}`
    : " Set RDP_REMEDIATION_DEBUG=1 to see where, and report it.";
  return { code: "internal", message: `This should not have happened: ${message}.${more}`, retryable: false };
}
