import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Program = "cli/main.ts";

/** Starts a program of this repository as a process of its own, and waits for its end. */
export function start(program: Program, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return watch(program, args, env, () => {});
}

/** The same, with a Ctrl-C as soon as its standard error shows `when`. */
export function interrupt(program: Program, args: readonly string[], when: RegExp): Promise<Ended> {
  let done = false;
  return watch(program, args, {}, (stderr, kill) => {
    if (done || !when.test(stderr)) return;
    done = true;
    kill();
  });
}

async function watch(
  program: Program,
  args: readonly string[],
  env: Record<string, string>,
  onError: (stderr: string, kill: () => void) => void,
): Promise<Ended> {
  const file = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  const { NO_COLOR: _, npm_lifecycle_event: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...inherited, RDP_REMEDIATION_DATABASE: ":memory:", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
    onError(stderr, () => child.kill("SIGINT"));
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}
