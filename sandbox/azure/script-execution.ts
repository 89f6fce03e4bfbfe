import { readRequest } from "../../lib/guest/compose.ts";
import type { Azure } from "./azure.ts";
import type { Machine } from "./machine.ts";
import { pause } from "./pause.ts";

/** How one script ended inside the VM. */
export interface ScriptEnd {
  readonly state: "Succeeded" | "Failed" | "TimedOut" | "Canceled";
  readonly exitCode: number;
  /** The last 4,096 bytes, or what the world leaves of them. */
  readonly output: string;
  readonly error: string;
}

const keptBytes = 4096;

/**
 * Runs a script as SYSTEM in the VM. It takes at least as long as the world says; its effects are there from the
 * beginning, as they are when a real script is cut off. `null` when `signal` ended the wait.
 */
export async function executeScript(
  azure: Azure,
  machine: Machine,
  script: { name: string | null; text: string; timeoutSeconds: number },
  signal: AbortSignal,
): Promise<ScriptEnd | null> {
  const { seconds, cutOutput } = azure.world.runCommand;
  const request = readRequest(script.text)?.request;
  azure.scriptRuns.push({
    vm: machine.name,
    name: script.name,
    script: script.text,
    runId: request?.runId ?? null,
    step: request?.step ?? null,
    at: azure.now().toISOString(),
  });
  azure.log(`${machine.name}: runs ${script.name ?? "an action Run Command"}`);
  const least = pause(Math.min(seconds, script.timeoutSeconds), signal);
  const end = await runInGuest(azure, machine, script.text);
  if (!(await least)) return null;
  if (seconds > script.timeoutSeconds) return { ...end, state: "TimedOut", exitCode: -1, output: "" };
  return { ...end, output: cut(end.output, cutOutput) };
}

async function runInGuest(azure: Azure, machine: Machine, script: string): Promise<ScriptEnd> {
  if (!machine.windows) {
    return { state: "Failed", exitCode: 127, output: "", error: "sh: 1: this is not a script for this system" };
  }
  try {
    const { stdout, stderr, exitCode } = await azure.guest.run(machine.windows, script);
    return { state: exitCode === 0 ? "Succeeded" : "Failed", exitCode, output: last(stdout), error: last(stderr) };
  } catch (error) {
    azure.log(`${machine.name}: the guest failed: ${error instanceof Error ? error.stack : String(error)}`);
    return { state: "Failed", exitCode: 1, output: "", error: error instanceof Error ? error.message : String(error) };
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
