import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const programs = {
  /** `serve` of the terminal: the local engine over SQLite. */
  sqlite: { file: fileURLToPath(new URL("../../../cli/main.ts", import.meta.url)), given: ["serve", "--port"] },
  /** The composition of the Functions app over Azure Tables, with a scheduler in its process. */
  tables: { file: fileURLToPath(new URL("./cloud-service.ts", import.meta.url)), given: [] },
} as const;
export type ProgramName = keyof typeof programs;

/** The service in a process of its own, on a port that stays the same when it is started again. */
export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process has ended. */
  stop(): Promise<void>;
  /** What it has written on standard error so far. */
  said(): string;
  readonly ended: Promise<unknown>;
}

/** Starts it, without waiting until it serves. `program` is a bundle to be run instead of the sources. */
export function startService(
  store: ProgramName,
  port: number,
  environment: Record<string, string>,
  program?: string,
): ServiceProcess {
  const { file, given } = programs[store];
  const child = spawn(process.execPath, [program ?? file, ...given, String(port)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  async function end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    child.kill(signal);
    await ended;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    said: () => said,
    ended,
  };
}

/** Waits until the service answers. @throws Error with what it said when it has ended */
export async function untilServing({
  url,
  ended,
  said,
}: Pick<ServiceProcess, "url" | "ended" | "said">): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const answer = await fetch(`${url}/api/openapi.json`).catch(() => null);
    if (answer?.ok) return;
    await setTimeout(50);
  }
  throw new Error(`The service has ended:\n${said()}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
