import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compiledLibraries, compilePwsh, type RunProgram } from "../../scripts/tools/compile-pwsh.ts";
import { compiledPwshFolder, powershellLibraries } from "../../scripts/tools/locate.ts";
import { readyToRunCompiler } from "../../scripts/tools/pinned.ts";
import { describeCompilation } from "../../scripts/tools/report.ts";

/*
 * The compilation itself takes a minute of a slow machine and is not done here: `npm run tools` starts what it compiled
 * before it is used, and all tests with PowerShell run on it.
 */

const { id, version } = readyToRunCompiler;
const never: RunProgram = () => Promise.reject(new Error("a program was called"));

let folder: string;
let source: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-"));
  source = powershellLibraries("unix", folder);
  mkdirSync(source, { recursive: true });
  for (const name of [...compiledLibraries, "pwsh", "Other"]) writeFileSync(join(source, `${name}.dll`), "as shipped");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The programs that are called, each with what it leaves behind; the one whose name ends with `failing` fails. */
function programs(failing?: string): RunProgram & { readonly calls: string[] } {
  const calls: string[] = [];
  const run: RunProgram = async (program, ...args) => {
    calls.push([program, ...args].join(" "));
    if (failing && program.endsWith(failing)) throw Object.assign(new Error("Command failed"), { stderr: "error: no" });
    if (args[0] === "restore") {
      expect(readFileSync(args[1] ?? "", "utf8")).toContain(`Include="${id}" Version="[${version}]"`);
      const compiler = join(folder, "packages", id.toLowerCase(), version, "tools", "crossgen2");
      mkdirSync(dirname(compiler), { recursive: true });
      writeFileSync(compiler, "");
    }
    if (args[0] === "--list-runtimes") {
      return ["App 9.0.4 [/d/App]", "App 10.0.2 [/d/App]", "App 10.0.12 [/d/App]", "Other 10.0.12 [/d/Other]"]
        .map((line) => `Microsoft.NETCore.${line}\n`)
        .join("");
    }
    if (args[1] === "-o") writeFileSync(args[2] ?? "", "compiled");
    return "";
  };
  return Object.assign(run, { calls });
}

describe.skipIf(process.platform === "win32")("PowerShell compiled ahead of time", () => {
  const target = () => compiledPwshFolder(folder);

  test("has the libraries that every script uses compiled, the others as they are, and a program", async () => {
    const run = programs();
    expect(await compilePwsh(folder, run)).toEqual({ state: "compiled" });
    const written = (name: string) => readFileSync(join(target(), name), "utf8");
    for (const name of compiledLibraries) expect(written(`${name}.dll`)).toBe("compiled");
    expect(written("Other.dll")).toBe("as shipped");
    expect(written("pwsh")).toContain("pwsh.dll");
    expect(readFileSync(join(source, `${compiledLibraries[0]}.dll`), "utf8")).toBe("as shipped");
    // It is compiled against the newest runtime, and it was started once before it got its name.
    expect(run.calls.filter((call) => call.includes(join("/d/App", "10.0.12", "*.dll")))).toHaveLength(
      compiledLibraries.length,
    );
    expect(run.calls.at(-1)).toMatch(/pwsh -NoProfile -NonInteractive -Command exit 0$/);
    expect(readdirSync(dirname(target()))).toHaveLength(1);
  });

  test("is left alone where it is", async () => {
    mkdirSync(target(), { recursive: true });
    expect(await compilePwsh(folder, never)).toEqual({ state: "present" });
  });

  test.each(["dotnet", "crossgen2", "pwsh"])(
    "is not there at all when %s fails, and one sentence says so",
    async (failing) => {
      const compilation = await compilePwsh(folder, programs(failing));
      expect(existsSync(target())).toBe(false);
      expect(readdirSync(folder).includes("powershell-compiled") ? readdirSync(dirname(target())) : []).toEqual([]);
      expect(describeCompilation(compilation)).toBe(
        "PowerShell compiled ahead of time: not done, because error: no; all tests run, and those with PowerShell take longer.",
      );
    },
  );
});
