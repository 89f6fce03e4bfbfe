import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const start = promisify(execFile);
const folder = fileURLToPath(new URL("./", import.meta.url));

/** Runs one of the scripts of this folder in Windows PowerShell, with the rights of whoever runs the tests. */
export async function runHere(script: string, ...args: string[]): Promise<string> {
  const options = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-File", join(folder, script)];
  const { stdout } = await start("powershell.exe", [...options, ...args], { timeout: 10 * 60_000 });
  return stdout;
}

/** Runs a text as SYSTEM, in Windows PowerShell 5.1, as Run Command does, and gives what it printed, errors last. */
export async function runAsSystem(text: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), "rdp-guest-"));
  try {
    const script = join(place, "script.ps1");
    const output = join(place, "output.txt");
    await writeFile(script, text, "ascii");
    await runHere("invoke-as-system.ps1", "-Script", script, "-Output", output);
    const [printed, errors] = await Promise.all([readFile(output, "utf8"), readFile(`${output}.errors`, "utf8")]);
    if (errors.trim() !== "") console.error(errors);
    return printed;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
