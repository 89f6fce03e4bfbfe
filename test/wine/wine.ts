import { spawn } from "node:child_process";
import { closeSync, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOnPath, toolsFolder } from "../../scripts/tools/locate.ts";

/** Where Wine is: on the PATH of this system, or in the root folder of another Debian. */
export type Wine = { readonly root: string | null };

/** The first version that was tried with PowerShell 7.6. */
const oldestMajor = 10;

const checkout = fileURLToPath(new URL("../../", import.meta.url));

/** Another root has the devices of this one, and what tests read and write, under the same names. */
const shared = ["/dev", "/proc", "/sys", tmpdir(), checkout, toolsFolder];

const enterRoot =
  'root=$1; shift; while [ "$1" != -- ]; do mount --rbind "$1" "$root$1" || exit; shift; done; shift; exec chroot "$root" "$@"';

/**
 * The Wine that RDP_TEST_WINE names (the root folder of a Debian in which it is installed), or the one on the PATH. A
 * sentence when there is none that the tests can use. Throws when the variable names no folder with a Wine.
 */
export async function findWine(): Promise<Wine | string> {
  const root = process.env.RDP_TEST_WINE ?? null;
  // There it is a link that leads somewhere in that root alone.
  if (root !== null && !lstatSync(join(root, "usr/bin/wine"), { throwIfNoEntry: false })) {
    throw new Error(`RDP_TEST_WINE is "${root}", and there is no ${join(root, "usr/bin/wine")}.`);
  }
  if (root === null && findOnPath("wine") === null) return "Wine is not installed (RDP_TEST_WINE, PATH)";
  if (findOnPath("script") === null) return "the command `script` of util-linux is not installed";
  const wine = { root };
  const version = (await execute(wineCommand(wine, ["wine", "--version"]), process.env)).trim();
  const major = Number(/^wine-(\d+)/.exec(version)?.[1]);
  return major >= oldestMajor ? wine : `Wine ${oldestMajor} or newer is needed, and this is ${version}`;
}

/** The command line by which this system starts a program of Wine (`wine`, `wineserver`). */
export function wineCommand(wine: Wine, command: readonly string[]): string[] {
  if (wine.root === null) return [...command];
  const { root } = wine;
  const folders = shared.filter((folder) => statSync(folder).isDirectory());
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  const space = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];
  return ["unshare", ...space, "sh", "-c", enterRoot, "sh", root, ...folders, "--", ...command];
}

/** A program that hangs is ended then; nothing is measured by it. */
const patienceMs = 8 * 60_000;

/**
 * What a program printed; rejects with it when the program fails. Through a file, because services that it starts keep
 * its output open for as long as they live.
 */
export function execute(command: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [program = "", ...args] = command;
  const folder = mkdtempSync(join(tmpdir(), "rdp-wine-output-"));
  const [output, errors] = [join(folder, "output"), join(folder, "errors")];
  const files = [openSync(output, "w"), openSync(errors, "w")];
  return new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", ...files], timeout: patienceMs });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      const printed = readFileSync(output, "utf8");
      if (code === 0) resolve(printed);
      else reject(new Error(`${command.join(" ")}: ${signal ?? code}\n${printed}${readFileSync(errors, "utf8")}`));
    });
  }).finally(() => {
    for (const file of files) closeSync(file);
    rmSync(folder, { recursive: true });
  });
}
