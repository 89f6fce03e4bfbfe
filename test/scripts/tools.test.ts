import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Dotnet, dotnet, installTool } from "../../scripts/tools/install.ts";
import { filesOf, isInstalled } from "../../scripts/tools/locate.ts";
import { chooseTools, frameworkVersions, pinnedTools, type Tool } from "../../scripts/tools/pinned.ts";
import { describeInstallation, describeMissing } from "../../scripts/tools/report.ts";

const tools = Object.values(pinnedTools);
const never: Dotnet = () => Promise.reject(new Error("dotnet was called"));

function put(tool: Tool, folder: string): void {
  for (const file of filesOf(tool, folder)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
}

/** Fails as `execFile` does, with what the client printed. */
function failing(properties: object): Dotnet {
  return () => Promise.reject(Object.assign(new Error("Command failed"), properties));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe.each(tools)("$name", (tool) => {
  test("is installed in its pinned version, and in that alone", async () => {
    let asked = "";
    const client: Dotnet = async (...args) => {
      asked += args.map((arg) => (arg.endsWith(".csproj") ? readFileSync(arg, "utf8") : arg)).join(" ");
      put(tool, folder);
    };
    expect(await installTool(tool, folder, client)).toEqual({ tool, state: "installed" });
    for (const { id, version } of tool.packages) {
      expect(asked).toContain(id);
      expect(asked).toMatch(tool.kind === "package" ? `Version="[${version}]"` : `--version ${version}`);
    }
  });

  test("is left alone where it is", async () => {
    put(tool, folder);
    expect(await installTool(tool, folder, never)).toEqual({ tool, state: "present" });
  });

  test("is not taken from another version", () => {
    put({ ...tool, packages: tool.packages.map((one) => ({ ...one, version: "0.0.1" })) }, folder);
    expect(isInstalled(tool, folder)).toBe(false);
  });

  test("that its package does not hold is missing", async () => {
    const installation = await installTool(tool, folder, async () => {});
    expect(installation).toMatchObject({ state: "missing", reason: expect.stringContaining("does not hold") });
  });

  test.each([
    ["no SDK", { code: "ENOENT" }, "there is no .NET SDK", "install the .NET SDK"],
    ["a silent registry", { killed: true }, "did not answer", "again when that is fixed"],
    [
      "a registry that cannot be reached",
      {
        stdout:
          "  Restoring\n/x/packages.csproj : error NU1301: Unable to load the service index. [/x/packages.csproj]",
      },
      "because NU1301: Unable to load the service index.;",
      "again when that is fixed",
    ],
  ])(
    "with %s is missing, and one sentence says why, what is skipped, and what to do",
    async (_, error, why, remedy) => {
      const told = describeInstallation(await installTool(tool, folder, failing(error)));
      for (const part of [why, `${tool.neededBy} are skipped`, remedy]) expect(told).toContain(part);
      expect(told.split("\n")).toHaveLength(1);
    },
  );

  test("says in a run of the tests what is skipped without it", () => {
    expect(describeMissing(tool)).toContain(`${tool.neededBy} are skipped; \`npm run tools`);
  });
});

test("the reference assemblies are those of every version that is promised", () => {
  const ids = pinnedTools["reference-assemblies"].packages.map(({ id }) => id.split(".").at(-1));
  expect(ids).toEqual([...frameworkVersions]);
});

test("are all installed but the optional ones, which are asked for by name", () => {
  const usual = chooseTools([]);
  expect(usual).toEqual(tools.filter(({ name }) => name !== "windows-runtime"));
  expect(chooseTools(["windows-runtime"])).toEqual([pinnedTools["windows-runtime"]]);
  expect(describeMissing(pinnedTools["windows-runtime"])).toContain("`npm run tools windows-runtime` installs");
});

test("a name that no tool has is told with the names that there are", () => {
  expect(chooseTools(["bicep", "pwsh"])).toMatch(
    /^There is no tool "pwsh"; the tools are .*powershell.*windows-runtime/,
  );
});

test("a program that is not there is told as such by Node.js", async () => {
  const { PATH } = process.env;
  process.env.PATH = folder;
  try {
    await expect(dotnet("--version")).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    process.env.PATH = PATH;
  }
});
