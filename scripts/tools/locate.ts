import { accessSync, constants, existsSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type FrameworkVersion, pinnedTools, readyToRunCompiler, type Tool, type ToolName } from "./pinned.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

/** Where `npm run tools` installs: `.tools` of the checkout, or the folder that TOOLS_FOLDER names. */
export const toolsFolder = resolve(checkout, process.env.TOOLS_FOLDER ?? ".tools");

const programSuffix = process.platform === "win32" ? ".exe" : "";

/**
 * The files by which a tool is there, in the folder of its version: the program, or one library of each set of
 * assemblies. Another version is in another folder, and so is never taken for the pinned one.
 */
export function filesOf(tool: Tool, folder: string = toolsFolder): string[] {
  return tool.packages.map((one) => {
    if (tool.kind === "dotnet tool") return join(dotnetToolFolder(tool, folder), `pwsh${programSuffix}`);
    // The layout of NuGet's packages folder: the id in lower case, then the version.
    const root = join(folder, "packages", one.id.toLowerCase(), one.version);
    if (tool.name === "bicep") return join(root, "tools", `bicep${programSuffix}`);
    if (tool.name === "windows-runtime") {
      return join(root, "runtimes", "win-x64", "lib", "net10.0", `${one.id.replace(".Runtime.win-x64", "")}.deps.json`);
    }
    return join(
      root,
      "build",
      ".NETFramework",
      frameworkFolders[one.id.split(".").at(-1) as FrameworkVersion],
      "mscorlib.dll",
    );
  });
}

/** Where `dotnet tool install --tool-path` puts a tool. */
export function dotnetToolFolder(tool: Tool, folder: string = toolsFolder): string {
  return join(folder, tool.name, tool.packages[0]?.version ?? "");
}

const frameworkFolders: Record<FrameworkVersion, string> = { net462: "v4.6.2", net472: "v4.7.2", net48: "v4.8" };

export function isInstalled(tool: Tool, folder: string = toolsFolder): boolean {
  return filesOf(tool, folder).every((file) => existsSync(file));
}

/** The program of a pinned tool; `null` when `npm run tools` has not installed it. */
function findProgram(name: ToolName): string | null {
  const [file] = filesOf(pinnedTools[name]);
  return file !== undefined && existsSync(file) ? file : null;
}

/** The folder of PowerShell compiled ahead of time, with a program `pwsh` in it. */
export function compiledPwshFolder(folder: string = toolsFolder): string {
  const version = pinnedTools.powershell.packages[0]?.version ?? "";
  return join(folder, "powershell-compiled", `${version}-${readyToRunCompiler.version}`);
}

/** The pinned PowerShell, compiled where it is, else the `pwsh` on the PATH; `null` when there is neither. */
export function findPwsh(): string | null {
  const compiled = join(compiledPwshFolder(), "pwsh");
  if (existsSync(compiled)) return compiled;
  return findProgram("powershell") ?? findOnPath(`pwsh${programSuffix}`);
}

/** The pinned Bicep compiler. One on the PATH is of any version and does not count: what it prints differs. */
export function findBicep(): string | null {
  return findProgram("bicep");
}

/** The folder with the reference assemblies (`mscorlib.dll`, `System.dll`, ..., `Facades`) of a .NET Framework. */
export function findReferenceAssemblies(version: FrameworkVersion): string | null {
  const tool = pinnedTools["reference-assemblies"];
  const at = tool.packages.findIndex(({ id }) => id.endsWith(`.${version}`));
  const file = filesOf(tool)[at];
  return file !== undefined && existsSync(file) ? resolve(file, "..") : null;
}

/**
 * The folder of PowerShell for Windows, which is in the package beside the one for other systems; it needs the runtime
 * of `findWindowsRuntime`.
 */
export function findWindowsPowerShell(): string | null {
  const folder = powershellLibraries("win");
  return existsSync(join(folder, "pwsh.exe")) ? folder : null;
}

/** Where the package of PowerShell holds its libraries for Windows or for other systems. */
export function powershellLibraries(system: "win" | "unix", folder: string = toolsFolder): string {
  const tool = pinnedTools.powershell;
  const version = tool.packages[0]?.version ?? "";
  const store = join(dotnetToolFolder(tool, folder), ".store", "powershell", version, "powershell", version);
  return join(store, "tools", "net10.0", "any", system);
}

/** The frameworks of .NET for Windows, each as its package holds it: `lib/net10.0` and `native` below the folder. */
export function findWindowsRuntime(): { name: string; version: string; folder: string }[] | null {
  const tool = pinnedTools["windows-runtime"];
  if (!isInstalled(tool)) return null;
  return filesOf(tool).map((file, at) => ({
    name: basename(file, ".deps.json"),
    version: tool.packages[at]?.version ?? "",
    folder: resolve(file, "..", "..", ".."),
  }));
}

export function findOnPath(name: string): string | null {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return candidates.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
