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
  const { printed, errors } = await endAsSystem(text);
  if (errors !== "") console.error(errors);
  return printed;
}

/**
 * Makes a fault by one of the scripts in `break`, as SYSTEM: the runner's own user may not change the keys of the machine.
 * Throws when the script fails, so that a fault that was never made is not taken for one that was repaired.
 */
export async function breakWindows(script: string): Promise<void> {
  const { exitCode, printed, errors } = await endAsSystem(await readFile(join(folder, "break", script), "utf8"));
  if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode}: ${printed}${errors}`);
}

interface Ended {
  readonly exitCode: number;
  readonly printed: string;
  readonly errors: string;
}

async function endAsSystem(text: string): Promise<Ended> {
  const place = await mkdtemp(join(tmpdir(), "rdp-guest-"));
  try {
    const script = join(place, "script.ps1");
    const output = join(place, "output.txt");
    await writeFile(script, text, "ascii");
    await runHere("invoke-as-system.ps1", "-Script", script, "-Output", output);
    const read = (file: string) => readFile(file, "utf8");
    const [printed, errors, exit] = await Promise.all([output, `${output}.errors`, `${output}.exit`].map(read));
    return { printed: printed ?? "", errors: errors?.trim() ?? "", exitCode: Number(exit) };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
