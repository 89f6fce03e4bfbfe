import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildFunctions, deployedNode, functionsEntry } from "../../../scripts/build-functions.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * How a Functions host is started here, for an app's folder and a port: by the command in FUNCTIONS_HOST_START, or by the
 * Functions Core Tools; `null` where there is neither.
 */
export const hostCommand: ((folder: string, port: number) => string[]) | null = findHost();

function findHost(): typeof hostCommand {
  const command = process.env.FUNCTIONS_HOST_START;
  if (command) return (folder, port) => [command, folder, String(port)];
  if (spawnSync("func", ["--version"]).status !== 0) return null;
  return (_, port) => ["func", "start", "--port", String(port)];
}

/**
 * The Node.js of the worker, in the version that is deployed: that of FUNCTIONS_HOST_NODE, or one that npm gets.
 * @throws Error when it is of another version
 */
function workerNode(): string {
  foundNode ??= findWorkerNode();
  return foundNode;
}

let foundNode: string | undefined;

function findWorkerNode(): string {
  const exec = ["exec", "--yes", `--package=node@${deployedNode}`, "--", "node", "-p", "process.execPath"];
  const shell = process.platform === "win32";
  // Not in this folder: the Node.js of node_modules would come first.
  const program =
    process.env.FUNCTIONS_HOST_NODE || execFileSync("npm", exec, { cwd: tmpdir(), encoding: "utf8", shell }).trim();
  const version = execFileSync(program, ["--version"], { encoding: "utf8" }).trim();
  if (!version.startsWith(`v${deployedNode}.`)) {
    throw new Error(
      `${program} is Node.js ${version}, and ${deployedNode} is what is deployed. Let FUNCTIONS_HOST_NODE name a Node.js ${deployedNode}, or leave it out.`,
    );
  }
  return program;
}

/** The app as it is deployed, in a folder of its own: whatever is not packed is not there. */
export async function stageApp(): Promise<{ folder: string; remove(): void }> {
  await buildFunctions();
  const folder = mkdtempSync(join(tmpdir(), "functions-app-"));
  cpSync(join(root, dirname(functionsEntry)), join(folder, dirname(functionsEntry)), { recursive: true });
  cpSync(join(root, "host.json"), join(folder, "host.json"));
  const { name, version, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, type, main: functionsEntry }));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has written so far. */
  log(): string;
  /** SIGKILL, to the host and to its worker at once. */
  kill(): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Starts the host and waits until it serves the app. @throws Error with its log when it does not. */
export async function startHost(folder: string, environment: Record<string, string>): Promise<HostProcess> {
  const host = launchHost(folder, await freePort(), environment);
  let hasEnded = false;
  void host.ended.then(() => {
    hasEnded = true;
  });
  for (let waited = 0; waited < 180_000 && !hasEnded; waited += 250) {
    const answer = await fetch(`${host.url}/api/health`).catch(() => null);
    if (answer?.ok) return host;
    await setTimeout(250);
  }
  await host.kill();
  throw new Error(`The Functions host does not serve the app:\n${host.log()}`);
}

/** Starts the host at this port, without waiting until it serves. @throws Error when there is none here */
export function launchHost(folder: string, port: number, environment: Record<string, string>): HostProcess {
  if (!hostCommand)
    throw new Error("There is no Functions host here. FUNCTIONS_HOST_START names the command that starts one.");
  const node = workerNode();
  const [program = "", ...given] = hostCommand(folder, port);
  const child = spawn(program, given, {
    cwd: folder,
    env: {
      ...process.env,
      ...environment,
      FUNCTIONS_WORKER_RUNTIME: "node",
      // The command of FUNCTIONS_HOST_START reads the one; the Core Tools take the first node on the other.
      FUNCTIONS_HOST_NODE: node,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    log: collect(child),
    kill: () => killGroup(child),
    ended: once(child, "exit"),
  };
}

export interface Storage {
  readonly connectionString: string;
  close(): Promise<void>;
}

/** Azurite's blobs, queues and tables, in memory, with an account of its own. */
export async function startStorage(): Promise<Storage> {
  const key = randomBytes(32).toString("base64");
  const ports = { blob: await freePort(), queue: await freePort(), table: await freePort() };
  const program = join(root, "node_modules/azurite/dist/src/azurite.js");
  const given = Object.entries(ports).flatMap(([kind, port]) => [
    `--${kind}Host`,
    "127.0.0.1",
    `--${kind}Port`,
    `${port}`,
  ]);
  const quiet = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
  const child = spawn(process.execPath, [program, ...given, ...quiet], {
    cwd: tmpdir(),
    env: { ...process.env, AZURITE_ACCOUNTS: `devstoreaccount1:${key}` },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = collect(child);
  while (log().split("successfully").length <= 3) {
    if (child.exitCode !== null) throw new Error(`Azurite ended:\n${log()}`);
    await setTimeout(100);
  }
  const endpoints = Object.entries(ports).map(
    ([kind, port]) => `${kind[0]?.toUpperCase()}${kind.slice(1)}Endpoint=http://127.0.0.1:${port}/devstoreaccount1`,
  );
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      "AccountName=devstoreaccount1",
      `AccountKey=${key}`,
      ...endpoints,
    ].join(";"),
    close: () => killGroup(child),
  };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (text += data));
  return () => text;
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
