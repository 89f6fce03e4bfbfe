import type { ExecFileException } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, restorePackages, runProgram } from "./install.ts";
import { compiledPwshFolder, powershellLibraries } from "./locate.ts";
import { readyToRunCompiler } from "./pinned.ts";

/** What became of the compilation of PowerShell; `reason` ends a sentence. */
export type Compilation =
  | { readonly state: "present" }
  | { readonly state: "compiled" }
  | { readonly state: "not compiled"; readonly reason: string };

/** Runs a program and resolves with what it printed; rejects, as `execFile` does, when it fails or is not there. */
export type RunProgram = (program: string, ...args: readonly string[]) => Promise<string>;

/** The libraries that every script uses. The others are compiled while they run, as all of them are in the package. */
export const compiledLibraries = [
  "System.Management.Automation",
  "Microsoft.PowerShell.ConsoleHost",
  "Microsoft.PowerShell.Commands.Management",
  "Microsoft.PowerShell.Commands.Utility",
  "Microsoft.PowerShell.Security",
  "Newtonsoft.Json",
] as const;

/** Starts PowerShell without the program of the .NET tool, which starts a second one. */
const program = `#!/bin/sh
exec dotnet "\${0%/*}/pwsh.dll" "$@"
`;

/**
 * Copies the installed PowerShell to a folder beside it, compiled ahead of time: a process then starts in half the time,
 * and a script does not wait for the compilation of PowerShell itself. Never throws: the uncompiled one runs every script.
 */
export async function compilePwsh(folder: string, run: RunProgram = runProgram): Promise<Compilation> {
  if (process.platform === "win32") return { state: "not compiled", reason: "this is not done on Windows" };
  const target = compiledPwshFolder(folder);
  if (existsSync(target)) return { state: "present" };
  // Renamed when all is done: what is in the folder of that name is complete.
  const unfinished = `${target}.${process.pid}`;
  try {
    const compiler = await installCompiler(folder, run);
    const source = powershellLibraries("unix", folder);
    const references = [source, await runtimeFolder(run)].flatMap((one) => ["-r", join(one, "*.dll")]);
    await mkdir(unfinished, { recursive: true });
    await cp(source, unfinished, { recursive: true });
    for (const name of compiledLibraries) {
      const library = join(source, `${name}.dll`);
      await run(compiler, library, "-o", join(unfinished, `${name}.dll`), ...references, ...options());
    }
    await writeFile(join(unfinished, "pwsh"), program, { mode: 0o755 });
    await run(join(unfinished, "pwsh"), "-NoProfile", "-NonInteractive", "-Command", "exit 0");
    await rename(unfinished, target);
    return { state: "compiled" };
  } catch (error) {
    return { state: "not compiled", reason: reasonOf(error as ExecFileException) };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function installCompiler(folder: string, run: RunProgram): Promise<string> {
  const { id, version } = readyToRunCompiler;
  await restorePackages("ready-to-run-compiler", [readyToRunCompiler], folder, async (...args) => {
    await run("dotnet", ...args);
  });
  const compiler = join(folder, "packages", id.toLowerCase(), version, "tools", "crossgen2");
  // NuGet does not promise that a program in a package may be executed.
  await chmod(compiler, 0o755);
  return compiler;
}

/** The runtime of .NET 10 on which PowerShell will run: the newest one, as the line of `dotnet --list-runtimes` names it. */
async function runtimeFolder(run: RunProgram): Promise<string> {
  const lines = (await run("dotnet", "--list-runtimes")).split("\n");
  const found = lines.map((line) => /^Microsoft\.NETCore\.App (10\.\S+) \[(.+)\]$/.exec(line.trim())).findLast(Boolean);
  if (!found) throw new Error("`dotnet --list-runtimes` lists no runtime of .NET 10");
  return join(found[2] ?? "", found[1] ?? "");
}

function options(): string[] {
  const system = process.platform === "darwin" ? "osx" : "linux";
  return [`--targetos:${system}`, `--targetarch:${process.arch}`, "-O"];
}
