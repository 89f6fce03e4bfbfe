import { type ChildProcessByStdio, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import { readShippedFile } from "../../lib/files/shipped-files.ts";
import type { ScriptOutput } from "./guest.ts";
import { fileWith, scriptFile } from "./script-file.ts";

/** Runs scripts in PowerShell processes that live on, each script in a runspace of its own. */
export interface PwshHost {
  /**
   * Runs a file as `pwsh -NoProfile -NonInteractive -File` would, with these environment variables added.
   * Rejects when the program cannot be started.
   */
  run(file: string, variables?: Readonly<Record<string, string>>): Promise<ScriptOutput>;
}

/**
 * PowerShell says nothing of its own, calls nobody, does not measure code for a second compilation, which begins after 4,096
 * calls (0x1000) instead of 30 because its code comes compiled, and maps the memory of compiled code once. Its idle threads sleep, instead of keeping a core busy in case that work comes.
 */
const quiet = {
  NO_COLOR: "1",
  POWERSHELL_TELEMETRY_OPTOUT: "1",
  POWERSHELL_UPDATECHECK: "Off",
  DOTNET_TieredPGO: "0",
  DOTNET_TC_CallCountThreshold: "1000",
  DOTNET_EnableWriteXorExecute: "0",
  DOTNET_ThreadPool_UnfairSemaphoreSpinLimit: "0",
};

/**
 * Elsewhere than on Windows, PowerShell composes an entry of the system's log for every command that begins and ends,
 * which takes a quarter of the time of a script. This is its own setting against that.
 */
const unlogged = { LogLevel: "Critical" };

const Reply = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number(),
  /** The script left types behind that no later script may meet. */
  spent: z.boolean(),
});

interface Worker {
  /** Resolves with the reply, or with what became of a process that the script ended. */
  run(file: string, variables: Readonly<Record<string, string>>): Promise<ScriptOutput>;
  /** Takes no further script. */
  readonly spent: boolean;
}

const hosts = new Map<string, PwshHost>();

/** The host of this program in this process: at most one PowerShell for each core, started when needed. */
export function pwshHost(program: string): PwshHost {
  const host = hosts.get(program) ?? makeHost(program);
  hosts.set(program, host);
  return host;
}

function makeHost(program: string): PwshHost {
  const idle: Worker[] = [];
  const waiting: ((worker: Worker | null) => void)[] = [];
  let working = 0;

  async function acquire(): Promise<Worker> {
    if (working >= availableParallelism()) {
      const handed = await new Promise<Worker | null>((resolve) => waiting.push(resolve));
      return handed ?? startWorker(program);
    }
    working += 1;
    // One that has ended while nobody used it is left out.
    for (let worker = idle.pop(); worker; worker = idle.pop()) if (!worker.spent) return worker;
    return startWorker(program);
  }

  function release(worker: Worker): void {
    const next = waiting.shift();
    if (next) {
      next(worker.spent ? null : worker);
      return;
    }
    working -= 1;
    if (!worker.spent) idle.push(worker);
  }

  return {
    async run(file, variables = {}) {
      const worker = await acquire();
      try {
        return await worker.run(file, variables);
      } finally {
        release(worker);
      }
    },
  };
}

/** One PowerShell. It ends when this process does, because its input ends then. */
function startWorker(program: string): Worker {
  const loop = scriptFile(readShippedFile("sandbox/guest/pwsh-host.ps1"));
  const settings = process.platform === "win32" ? [] : ["-SettingsFile", fileWith(JSON.stringify(unlogged), ".json")];
  const child = spawn(program, [...settings, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", loop], {
    env: { ...process.env, ...quiet },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let spent = false;
  let errors = "";
  let settle: { resolve(output: ScriptOutput): void; reject(error: Error): void } | null = null;
  child.stdin.on("error", () => {}); // A process that has ended says so by its `close`.
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    try {
      const reply = Reply.parse(JSON.parse(line));
      spent = reply.spent;
      settle?.resolve(reply);
    } catch (cause) {
      spent = true;
      settle?.reject(new Error(`PowerShell answered something else than a reply: ${line.slice(0, 200)}`, { cause }));
    }
    if (spent) child.stdin.end();
  });
  child.on("error", (error) => {
    spent = true;
    settle?.reject(error);
  });
  child.on("close", (code) => {
    spent = true;
    settle?.resolve({ stdout: "", stderr: errors, exitCode: code ?? 1 });
  });

  return {
    get spent() {
      return spent;
    },
    async run(file, variables) {
      keepAlive(child, true);
      try {
        return await new Promise<ScriptOutput>((resolve, reject) => {
          settle = { resolve, reject };
          child.stdin.write(`${JSON.stringify({ file, variables })}\n`);
        });
      } finally {
        settle = null;
        keepAlive(child, false);
      }
    },
  };
}

/** Whether this process waits for the other one before it ends. */
function keepAlive(child: ChildProcessByStdio<Writable, Readable, Readable>, wanted: boolean): void {
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as { ref(): void; unref(): void }[];
  for (const handle of handles) wanted ? handle.ref() : handle.unref();
}
