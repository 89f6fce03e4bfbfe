import { readRequest } from "../../lib/guest/compose.ts";
import type { ScriptOutput } from "../guest/guest.ts";
import type { Azure } from "./azure.ts";
import type { Machine } from "./machine.ts";
import { waitSeconds } from "./wait-seconds.ts";

/** The result of one script inside the VM. */
export interface ScriptEnd {
  readonly state: "Succeeded" | "Failed" | "TimedOut";
  readonly exitCode: number;
  /** The last 4,096 bytes, or the part that `cutOutput` of the world keeps. */
  readonly output: string;
  readonly error: string;
}

interface Script {
  /** `null` for an action Run Command. */
  readonly name: string | null;
  readonly text: string;
  readonly timeoutSeconds: number;
}

const keptBytes = 4096;

/**
 * Runs a script as SYSTEM in the VM. It takes the time that the world gives. Its effects exist from the start, as those
 * of a real script that is interrupted. `null` when `signal` ended the wait.
 */
export async function executeScript(
  azure: Azure,
  machine: Machine,
  script: Script,
  signal: AbortSignal,
): Promise<ScriptEnd | null> {
  const { actionSeconds, cutOutput } = azure.world.runCommand;
  const seconds = Math.max(azure.world.runCommand.seconds, script.name === null ? actionSeconds : 0);
  azure.log(`${machine.name}: runs ${script.name ?? "an action Run Command"}`);
  const least = waitSeconds(azure.clock, Math.min(seconds, script.timeoutSeconds), signal);
  const run = recordRun(azure, machine, script);
  const { stdout, stderr, exitCode } = await azure.clock.hold(() => runInGuest(azure, machine, script, run));
  if (!(await least)) {
    run.interrupted = !azure.closing.aborted;
    return null;
  }
  const error = last(stderr);
  if (seconds > script.timeoutSeconds) return { state: "TimedOut", exitCode: -1, output: "", error };
  return { state: exitCode === 0 ? "Succeeded" : "Failed", exitCode, output: cut(last(stdout), cutOutput), error };
}

function recordRun(azure: Azure, { name }: Machine, script: Script) {
  const request = readRequest(script.text)?.request;
  const run = {
    vm: name,
    name: script.name,
    script: script.text,
    runId: request?.runId ?? null,
    step: request?.step ?? null,
    at: azure.now().toISOString(),
    stdout: "",
    interrupted: false,
  };
  azure.scriptRuns.push(run);
  return run;
}

/** Runs the script. An error of the simulated guest counts as a failed script. */
async function runInGuest(
  azure: Azure,
  { name, windows }: Machine,
  script: Script,
  run: { stdout: string },
): Promise<ScriptOutput> {
  if (!windows) return { stdout: "", stderr: "sh: 1: this is not a script for this system", exitCode: 127 };
  try {
    const output = await azure.guest.run(windows, script.text);
    run.stdout = output.stdout;
    return output;
  } catch (error) {
    azure.log(`${name}: the guest broke: ${error instanceof Error ? error.stack : String(error)}`);
    return { stdout: "", stderr: error instanceof Error ? error.message : String(error), exitCode: 1 };
  }
}

function last(text: string): string {
  return Buffer.from(text).subarray(-keptBytes).toString();
}

function cut(output: string, to: { keep: "first" | "last"; bytes: number } | null): string {
  if (!to) return output;
  const bytes = Buffer.from(output);
  const kept = to.keep === "first" ? bytes.subarray(0, to.bytes) : bytes.subarray(Math.max(0, bytes.length - to.bytes));
  return kept.toString();
}
