import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pwshHost } from "../../../sandbox/guest/pwsh-host.ts";
import { pwsh } from "../../fixtures/pwsh.ts";

const scripts = new URL("../../../lib/guest/scripts/", import.meta.url);

export function sourceOf(file: string): string {
  return readFileSync(new URL(file, scripts), "utf8");
}

/** Runs some of our files and then these lines, in one PowerShell runspace; answers the lines that it printed. */
export async function runPwsh(files: readonly string[], body: string, input?: unknown): Promise<string[]> {
  const stdout = await withScript(files, body, input, execute);
  return stdout.split("\n").filter((line) => line !== "");
}

/** How many statements PowerShell executes for `body`, after some of our files and `before`. */
export async function traceStatements(
  files: readonly string[],
  before: string,
  body: string,
  input?: unknown,
): Promise<number> {
  const traced = `${before}\nSet-PSDebug -Trace 1\n$null = & { ${body} }\nSet-PSDebug -Off`;
  // A process of its own: the trace is written to the console, and to no stream.
  const trace = await withScript(files, traced, input, async (script) => {
    const options = { maxBuffer: 256 * 1024 * 1024 };
    return (await promisify(execFile)(pwsh ?? "pwsh", ["-NoProfile", "-NonInteractive", "-File", script], options))
      .stdout;
  });
  return trace.split("DEBUG: ").length - 1;
}

async function withScript(
  files: readonly string[],
  body: string,
  input: unknown,
  run: (script: string) => Promise<string>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rdp-guest-"));
  try {
    const lines = ["strict.ps1", ...files].flatMap((file) => sourceOf(file).split("\n"));
    const using = lines.filter((line) => line.startsWith("using "));
    const rest = lines.filter((line) => !line.startsWith("using "));
    const script = join(folder, "script.ps1");
    const given = join(folder, "input.json");
    await writeFile(script, [...using, `$Folder = '${folder}'`, ...rest, body].join("\n"));
    await writeFile(given, JSON.stringify(input ?? null));
    return await run(script);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function execute(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await pwshHost(pwsh ?? "pwsh").run(script);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}
