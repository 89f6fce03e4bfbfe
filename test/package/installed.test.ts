import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import packageJson from "../../package.json" with { type: "json" };

/*
 * What `npm pack` gives, installed into an empty folder without a network, and started from another folder. The package
 * is made in a copy of this repository, because packing replaces package.json for a moment.
 */

const root = fileURLToPath(new URL("../../", import.meta.url));
const onWindows = process.platform === "win32";
const folder = mkdtempSync(join(tmpdir(), "rdp-package-"));
const copy = join(folder, "repository");
const prefix = join(folder, "prefix");
const elsewhere = join(folder, "elsewhere");
const packed = onWindows ? join(prefix, "node_modules") : join(prefix, "lib", "node_modules");
const installed = join(packed, packageJson.name);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, shell: onWindows };
  try {
    return { code: 0, ...(await promisify(execFile)(program, args, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

/** The installed program, by the Node.js that runs this test, with a home of its own. */
function installedProgram(name: string, args: string[]): Promise<Ended> {
  const home = join(folder, "home");
  return run(onWindows ? join(prefix, `${name}.cmd`) : join(prefix, "bin", name), args, elsewhere, {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    USERPROFILE: home,
    XDG_CACHE_HOME: join(home, "cache"),
    LOCALAPPDATA: onWindows ? join(home, "local") : "",
    NODE_COMPILE_CACHE: "",
    npm_lifecycle_event: "",
  });
}

beforeAll(async () => {
  for (const one of [copy, prefix, elsewhere, join(folder, "home")]) mkdirSync(one);
  const sources = ["app", "bin", "cli", "lib", "sandbox", "scripts", "functions", "README.md", "LICENSE"];
  for (const one of [...sources, "docs", "infra/roles", "infra/runbooks"]) {
    cpSync(join(root, one), join(copy, one), { recursive: true });
  }
  for (const one of ["package.json", "tsconfig.json"]) cpSync(join(root, one), join(copy, one));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  const pack = await run("npm", ["pack", "--json", "--pack-destination", folder], copy);
  expect(pack.code, pack.stderr).toBe(0);
  const file = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const install = await run(
    "npm",
    ["install", "--global", "--offline", "--prefix", prefix, join(folder, file)],
    folder,
  );
  expect(install.code, install.stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package", () => {
  test("leaves the package.json of the repository as it was", () => {
    const [there, here] = [copy, root].map((one) => readFileSync(join(one, "package.json"), "utf8"));
    expect(there).toBe(here);
  });

  test("has no dependencies, no scripts and no sources in need of type stripping", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(Object.keys(manifest).sort()).toEqual(
      ["bin", "description", "engines", "files", "license", "name", "type", "version"].sort(),
    );
    expect(manifest.engines).toEqual(packageJson.engines);
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".ts"))).toEqual([]);
    expect(existsSync(join(installed, "node_modules"))).toBe(false);
    expect(readdirSync(packed)).toEqual([packageJson.name]);
  });

  test("has every page that the output names, and the files that the README tells its reader to use", () => {
    const causes = readFileSync(join(installed, "docs/causes.md"), "utf8");
    for (const { id } of checks) expect(causes, id).toContain(id);
    for (const { id } of remediations) expect(existsSync(join(installed, `docs/remediations/${id}.md`)), id).toBe(true);
    for (const one of ["docs/run.schema.json", "infra/roles/remediator.json", "infra/runbooks/repair-vm-rdp.sh"]) {
      expect(existsSync(join(installed, one)), one).toBe(true);
    }
  });
});

describe.concurrent("the installed program, from another folder", () => {
  test.each(["rdp-remediation", "rdpfix"])("%s shows its help", async (name) => {
    const { code, stdout, stderr } = await installedProgram(name, ["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage\n  rdp-remediation COMMAND");
  });

  test("finds the shipped worlds, and diagnoses and repairs in them", async () => {
    const healthy = await installedProgram("rdpfix", ["diagnose", "--sandbox", "healthy", "--guest", "modelled"]);
    expect(healthy.code, healthy.stderr).toBe(0);
    const flags = ["--sandbox", "renew-rdp-certificate", "--guest", "modelled", "--json"];
    const repaired = await installedProgram("rdp-remediation", ["repair", ...flags]);
    expect(JSON.parse(repaired.stdout)).toMatchObject({ outcome: "repaired" });
  });

  test("prints every form of a document, and a part of it", async () => {
    for (const form of ["json", "yaml", "table", "tsv"]) {
      const { code, stderr, stdout } = await installedProgram("rdpfix", [
        "catalogue",
        "-o",
        form,
        "--query",
        "checks[].id",
      ]);
      expect({ form, code, stderr }).toEqual({ form, code: 0, stderr: "" });
      expect(stdout).toContain("rdp-is-enabled");
    }
  });

  test("reads the guest's scripts and a world file of the user", async () => {
    cpSync(join(root, "sandbox/worlds/renew-rdp-certificate.json"), join(elsewhere, "mine.json"));
    const { code, stderr } = await installedProgram("rdpfix", [
      "diagnose",
      "--sandbox",
      "mine.json",
      "--guest",
      "auto",
    ]);
    expect(code, stderr).toBe(1);
    const unknown = await installedProgram("rdpfix", ["diagnose", "--sandbox", "no-such-world"]);
    expect(unknown.stderr).toContain("renew-rdp-certificate");
  });

  test("explains an error, and prints the script for the client", async () => {
    expect((await installedProgram("rdpfix", ["explain", "0x904", "0x7"])).code).toBe(0);
    const script = await installedProgram("rdpfix", ["client-checks", "--script"]);
    expect(script.stdout.trimEnd()).toBe(readFileSync(join(root, "cli/client-checks.ps1"), "utf8").trimEnd());
  });

  test("stores its runs in the home of the user", async () => {
    expect(await installedProgram("rdpfix", ["runs"])).toMatchObject({
      code: 0,
      stdout: "No run is stored on this machine.\n",
    });
    expect(existsSync(join(folder, "home", ".rdp-remediation", "runs.sqlite"))).toBe(true);
  });
});

test("an older Node.js gets one sentence", async () => {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "20.11.1" }); require(${JSON.stringify(
    join(installed, "bin/rdp-remediation.cjs"),
  )});`;
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, ["--eval", pretend]).then(
    (ended) => ({ code: 0, ...ended }),
    (error: Ended) => error,
  );
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  const floor = packageJson.engines.node.replace(">=", "");
  expect(stderr).toBe(
    `rdp-remediation needs Node.js ${floor} or newer, and this is 20.11.1. Install it from https://nodejs.org.\n`,
  );
});

test("README and CONTRIBUTING name the floor of engines", () => {
  const floor = packageJson.engines.node.replace(">=", "");
  for (const page of ["README.md", "CONTRIBUTING.md"]) {
    const named = readFileSync(join(root, page), "utf8").match(/Node\.js \(?[\d.]+ or newer/g) ?? [];
    expect([page, ...new Set(named)]).toEqual([page, `Node.js ${floor} or newer`]);
  }
});
