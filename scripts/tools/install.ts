import { type ExecFileException, execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dotnetToolFolder, filesOf, isInstalled } from "./locate.ts";
import type { Tool } from "./pinned.ts";

/** What became of one tool. `reason` is the package client's own line, or that there is no client. */
export type Installation =
  | { readonly tool: Tool; readonly state: "present" }
  | { readonly tool: Tool; readonly state: "installed" }
  | { readonly tool: Tool; readonly state: "missing"; readonly reason: string };

/** Runs `dotnet` with these arguments; rejects, as `execFile` does, when it fails or is not there. */
export type Dotnet = (...args: readonly string[]) => Promise<void>;

/** Longer than the largest package takes on a slow line, and short enough for a registry that never answers. */
const patienceMs = 8 * 60_000;

export const dotnet: Dotnet = async (...args) => {
  await runProgram("dotnet", ...args);
};

/** Runs a program and resolves with what it printed. Rejects as `execFile` does, with what it printed beside. */
export function runProgram(program: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1", DOTNET_CLI_UI_LANGUAGE: "en" };
    execFile(program, [...args], { env, timeout: patienceMs }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(error, { stdout, stderr }));
      else resolve(stdout);
    });
  });
}

/** Installs a tool in a folder when it is not there in its pinned version. Never throws: a tool may stay missing. */
export async function installTool(tool: Tool, folder: string, run: Dotnet = dotnet): Promise<Installation> {
  if (isInstalled(tool, folder)) return { tool, state: "present" };
  try {
    await (tool.kind === "dotnet tool" ? installDotnetTool(tool, folder, run) : installPackages(tool, folder, run));
  } catch (error) {
    return { tool, state: "missing", reason: reasonOf(error as ExecFileException) };
  }
  return isInstalled(tool, folder)
    ? { tool, state: "installed" }
    : { tool, state: "missing", reason: `its package does not hold ${filesOf(tool, folder).join(" and ")}` };
}

async function installDotnetTool(tool: Tool, folder: string, run: Dotnet): Promise<void> {
  for (const { id, version } of tool.packages) {
    await run("tool", "install", id, "--version", version, "--tool-path", dotnetToolFolder(tool, folder));
  }
}

async function installPackages(tool: Tool, folder: string, run: Dotnet): Promise<void> {
  await restorePackages(tool.name, tool.packages, folder, run);
  if (tool.name === "bicep" && isInstalled(tool, folder)) {
    // NuGet does not promise that a program in a package may be executed.
    for (const file of filesOf(tool, folder)) await chmod(file, 0o755);
  }
}

/** NuGet unpacks what a project downloads; that project has no code and no framework. */
export async function restorePackages(name: string, packages: Tool["packages"], folder: string, run: Dotnet) {
  const projectFolder = join(folder, "restore", name);
  const project = join(projectFolder, "packages.csproj");
  await mkdir(projectFolder, { recursive: true });
  await writeFile(project, projectOf(packages));
  await run("restore", project, "--packages", join(folder, "packages"));
}

function projectOf(packages: Tool["packages"]): string {
  const downloads = packages.map(({ id, version }) => `<PackageDownload Include="${id}" Version="[${version}]" />`);
  return `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.1</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup>
    ${downloads.join("\n    ")}
  </ItemGroup>
</Project>
`;
}

/** The first line in which the client says what failed. */
export function reasonOf(error: ExecFileException): string {
  if (error.code === "ENOENT") return noSdk;
  if (error.killed) return `the package registry did not answer within ${patienceMs / 60_000} minutes`;
  const lines = `${error.stderr ?? ""}\n${error.stdout ?? ""}`.split("\n").map((line) => line.trim());
  const told = lines.find((line) => /\berror\b/i.test(line)) ?? lines.find((line) => line !== "") ?? error.message;
  return told.replace(/^.*?\berror (?=[A-Z]+\d+:)/, "").replace(/\s*\[[^\]]*\]$/, "");
}

export const noSdk = "there is no .NET SDK (dotnet) on the PATH";
