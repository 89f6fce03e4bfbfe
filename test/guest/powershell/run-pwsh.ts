import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pwshHost } from "../../../sandbox/guest/pwsh-host.ts";
import { pwsh } from "../../fixtures/pwsh.ts";

const scripts = new URL("../../../lib/guest/scripts/", import.meta.url);

export function sourceOf(file: string): string {
  return readFileSync(new URL(file, scripts), "utf8");
}

/** Runs some of our files and then these lines, in one PowerShell runspace; answers the lines that it printed. */
export async function runPwsh(files: readonly string[], body: string, input?: unknown): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "rdp-guest-"));
  try {
    const lines = ["strict.ps1", ...files].flatMap((file) => sourceOf(file).split("\n"));
    const using = lines.filter((line) => line.startsWith("using "));
    const rest = lines.filter((line) => !line.startsWith("using "));
    const script = join(folder, "script.ps1");
    const given = join(folder, "input.json");
    await writeFile(script, [...using, `$Folder = '${folder}'`, ...rest, body].join("\n"));
    await writeFile(given, JSON.stringify(input ?? null));
    return (await execute(script)).split("\n").filter((line) => line !== "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function execute(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await pwshHost(pwsh ?? "pwsh").run(script);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}
