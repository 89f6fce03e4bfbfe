/**
 * The programs of other makers that tests run, each in one version: another version may judge or print differently.
 * They come from NuGet, so that the .NET SDK is all that their installation needs.
 */
export interface Tool {
  readonly name: ToolName;
  /** As people call it, with its version. */
  readonly title: string;
  /** Which tests are skipped without it, in words that end a sentence. */
  readonly neededBy: string;
  readonly kind: "dotnet tool" | "package";
  /** Large and for one optional suite: installed only when it is asked for by name. */
  readonly optional?: true;
  readonly packages: readonly { readonly id: string; readonly version: string }[];
}

export type ToolName = "powershell" | "bicep" | "reference-assemblies" | "windows-runtime";

/** The versions of .NET Framework whose reference assemblies are installed. */
export const frameworkVersions = ["net462", "net472", "net48"] as const;
export type FrameworkVersion = (typeof frameworkVersions)[number];

const bicepVersion = "0.49.2";
const powershellVersion = "7.6.9";
const referenceAssembliesVersion = "1.0.3";
/** What PowerShell for Windows runs on: the same major version as the PowerShell above was built for. */
const windowsRuntimeVersion = "10.0.14";

export const pinnedTools: Readonly<Record<ToolName, Tool>> = {
  powershell: {
    name: "powershell",
    title: `PowerShell ${powershellVersion}`,
    neededBy: "the tests that run the guest's scripts and the runbook on real PowerShell",
    kind: "dotnet tool",
    packages: [{ id: "PowerShell", version: powershellVersion }],
  },
  bicep: {
    name: "bicep",
    title: `the Bicep compiler ${bicepVersion}`,
    neededBy: "the tests that build, lint and snapshot the files of infra",
    kind: "package",
    packages: [
      { id: `Azure.Bicep.CommandLine.${platformOf(process.platform)}-${process.arch}`, version: bicepVersion },
    ],
  },
  "reference-assemblies": {
    name: "reference-assemblies",
    title: `the reference assemblies of .NET Framework ${referenceAssembliesVersion}`,
    neededBy: "the tests that hold the guest's scripts against .NET Framework 4.6.2, 4.7.2 and 4.8",
    kind: "package",
    packages: frameworkVersions.map((version) => ({
      id: `Microsoft.NETFramework.ReferenceAssemblies.${version}`,
      version: referenceAssembliesVersion,
    })),
  },
  "windows-runtime": {
    name: "windows-runtime",
    title: `.NET for Windows ${windowsRuntimeVersion}`,
    neededBy: "the tests that run the guest's scripts on PowerShell for Windows under Wine",
    kind: "package",
    optional: true,
    packages: ["Microsoft.NETCore.App", "Microsoft.WindowsDesktop.App"].map((framework) => ({
      id: `${framework}.Runtime.win-x64`,
      version: windowsRuntimeVersion,
    })),
  },
};

/**
 * Compiles PowerShell, whose package holds intermediate language alone, to code of this processor: its versions follow
 * those of the runtime, and `npm run tools` does without it where it cannot be had.
 */
export const readyToRunCompiler = {
  id: `Microsoft.NETCore.App.Crossgen2.${platformOf(process.platform)}-${process.arch}`,
  version: "10.0.14",
} as const;

/** The tools of these names, or all that are not optional; one sentence when a name is none of a tool. */
export function chooseTools(names: readonly string[]): Tool[] | string {
  const tools = Object.values(pinnedTools);
  if (names.length === 0) return tools.filter(({ optional }) => !optional);
  const unknown = names.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown === undefined) return tools.filter(({ name }) => names.includes(name));
  return `There is no tool "${unknown}"; the tools are ${tools.map(({ name }) => name).join(", ")}.`;
}

/** As NuGet's runtime identifiers call a platform of Node.js. */
function platformOf(platform: NodeJS.Platform): string {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: "win", darwin: "osx" };
  return names[platform] ?? platform;
}
