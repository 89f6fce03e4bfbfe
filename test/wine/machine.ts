import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findWindowsPowerShell, findWindowsRuntime, toolsFolder } from "../../scripts/tools/locate.ts";
import { execute, type Wine, wineCommand } from "./wine.ts";

/** A Windows of Wine's making in a temporary folder, with PowerShell for Windows. Plain data, for every worker of vitest. */
export interface Machine {
  readonly wine: Wine;
  /** Holds the prefix, and is the home of whoever works in it. */
  readonly folder: string;
  /** The folder of pwsh.exe. */
  readonly powershell: string;
  readonly dotnet: string;
}

const own = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A machine as Wine makes it; `null` when PowerShell for Windows or its runtime is not installed. */
export async function makeMachine(wine: Wine): Promise<Machine | null> {
  const powershell = findWindowsPowerShell();
  const dotnet = layOutRuntime();
  if (powershell === null || dotnet === null) return null;
  const machine = { wine, folder: mkdtempSync(join(tmpdir(), "rdp-wine-")), powershell, dotnet };
  try {
    await startMachine(machine);
  } catch (error) {
    await removeMachine(machine);
    throw error;
  }
  return machine;
}

async function startMachine(machine: Machine): Promise<void> {
  // Without the first two, Wine asks whether it should download its own .NET and its own browser.
  await inWine(machine, ["wine", "wineboot", "--init"], { WINEDLLOVERRIDES: `mscoree=;mshtml=;${noPrograms}` });
  await inWine(machine, ["wineserver", "--wait"]);
  // Without it, the machine goes down between two scripts, and its services with it. Not earlier: the boot above is the
  // second one of a new machine, and would start a second service manager beside the first.
  await inWine(machine, ["wineserver", "--persistent"]);
  // TermService is one of Wine's own services; its program serves under the other two names as well.
  for (const name of ["SessionEnv", "UmRdpService"]) {
    const binary = ["binPath=", "C:\\windows\\system32\\termsv.exe"];
    await runProgram(machine, "sc", "create", name, ...binary, "DisplayName=", name);
  }
  // On Windows it is always there.
  const store = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\My\\Certificates";
  await runProgram(machine, "reg", "add", store, "/f");
  // As on Windows. Under Wine it tells the account, and changes nothing.
  const service = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService";
  await runProgram(machine, "reg", "add", service, "/v", "ObjectName", "/d", "NT AUTHORITY\\NetworkService", "/f");
}

/** Ends whatever still runs in the machine, and removes it. */
export async function removeMachine(machine: Machine): Promise<void> {
  // It fails where no server runs.
  await inWine(machine, ["wineserver", "--kill"]).catch(() => undefined);
  await inWine(machine, ["wineserver", "--wait"]).catch(() => undefined);
  await rm(machine.folder, { recursive: true, force: true });
}

/** Runs a program of Wine, e.g. `reg query`, and gives what it printed. */
export function runProgram(machine: Machine, ...command: readonly string[]): Promise<string> {
  return inWine(machine, ["wine", ...command]);
}

/**
 * Runs a script in PowerShell for Windows and gives what it printed on all of its streams. `standIns`: with the commands
 * of stand-ins.ps1 in place of those that Wine has not.
 */
export async function runScript(machine: Machine, text: string, { standIns }: { standIns: boolean }): Promise<string> {
  const name = join(machine.folder, `script-${randomUUID()}`);
  const [script, output, failure] = [`${name}.ps1`, `${name}.out`, `${name}.failed`];
  await writeFile(script, text);
  const options = ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"];
  const args = ["-File", own("run.ps1"), "-Script", script, "-Output", output, "-Failure", failure].map(windowsPath);
  if (standIns) args.push("-StandIns", windowsPath(own("stand-ins.ps1")));
  const line = wineCommand(machine.wine, [
    "wine",
    windowsPath(join(machine.powershell, "pwsh.exe")),
    ...options,
    ...args,
  ]);
  // pwsh.exe does not start without a console, and Wine makes one of a terminal: `script` has one.
  const shown = await execute(["script", "-qec", line.map(quote).join(" "), "/dev/null"], environment(machine));
  if (existsSync(failure)) throw new Error(await readFile(failure, "utf8"));
  if (!existsSync(output)) throw new Error(`PowerShell did not run the script:\n${shown}`);
  return readFile(output, "utf8");
}

/** Wine shows the file system of this machine as its drive Z. */
export function windowsPath(path: string): string {
  return path.startsWith("/") ? `Z:${path.replaceAll("/", "\\")}` : path;
}

/** Where a file of the machine's drive C is on this system. */
export function onDriveC(machine: Machine, path: string): string {
  return join(machine.folder, "prefix", "drive_c", ...path.split("\\"));
}

/** An empty folder on the machine's drive C for one test, as it is called there and here. */
export function testFolder(machine: Machine, name: string): { windows: string; here: string } {
  const windows = `C:\\test\\${name}`;
  const here = onDriveC(machine, `test\\${name}`);
  mkdirSync(here, { recursive: true });
  return { windows, here };
}

function inWine(machine: Machine, command: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  return execute(wineCommand(machine.wine, command), { ...environment(machine), ...more });
}

/** Neither a debugger after a crash nor entries in the menus of this system. */
const noPrograms = "winedbg.exe=;winemenubuilder.exe=";

function environment({ folder, dotnet }: Machine): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: "C.UTF-8",
    TERM: "xterm",
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    WINEPREFIX: join(folder, "prefix"),
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: noPrograms,
    DOTNET_ROOT: windowsPath(dotnet),
    DOTNET_TieredPGO: "0",
    POWERSHELL_TELEMETRY_OPTOUT: "1",
    POWERSHELL_UPDATECHECK: "Off",
    NO_COLOR: "1",
  };
}

/** The layout of an installed .NET for Windows, made once from the packages; `null` when they are not installed. */
function layOutRuntime(): string | null {
  const frameworks = findWindowsRuntime();
  if (frameworks === null) return null;
  const version = frameworks.map((one) => one.version).join("-");
  const place = join(toolsFolder, "windows-dotnet", version);
  if (existsSync(place)) return place;
  const beginning = `${place}-${randomUUID()}`;
  for (const { name, version: own, folder } of frameworks) {
    const lib = join(folder, "lib", "net10.0");
    const native = join(folder, "native");
    const home = join(beginning, "shared", name, own);
    for (const from of [lib, native]) linkFiles(from, home);
    if (existsSync(join(native, "hostfxr.dll"))) linkFiles(native, join(beginning, "host", "fxr", own), "hostfxr.dll");
  }
  try {
    renameSync(beginning, place);
  } catch (error) {
    // Another run of the tests was first.
    rmSync(beginning, { recursive: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

function linkFiles(from: string, to: string, only?: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from, { withFileTypes: true })) {
    if (!file.isFile() || (only !== undefined && file.name !== only)) continue;
    try {
      linkSync(join(from, file.name), join(to, file.name));
    } catch {
      copyFileSync(join(from, file.name), join(to, file.name));
    }
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
