import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pwsh } from "../../fixtures/pwsh.ts";

const scripts = new URL("../../../lib/guest/scripts/", import.meta.url);

export function sourceOf(file: string): string {
  return readFileSync(new URL(file, scripts), "utf8");
}

/** Runs some of our files and then these lines, in one PowerShell; answers the lines that it printed. */
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

function execute(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(pwsh ?? "pwsh", ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", script], {
      env: { ...process.env, POWERSHELL_TELEMETRY_OPTOUT: "1", NO_COLOR: "1" },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(Buffer.concat(err).toString()));
    });
  });
}
