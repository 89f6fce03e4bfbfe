import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPwsh } from "../../scripts/tools/locate.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";

/* `sandbox WORLD` in one terminal, and commands in a second one, typed as it says. */

const program = `${process.execPath} cli/main.ts`;
const child = spawn(process.execPath, ["cli/main.ts", "sandbox", "renew-rdp-certificate", "--guest", "modelled"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const said: string[] = [];
const lines = createInterface({ input: child.stdout }).on("line", (line) => said.push(line));

beforeAll(async () => {
  for await (const _ of lines) if (said.some((line) => line.includes(" repair /subscriptions/"))) return;
});
afterAll(() => child.kill("SIGKILL"));

/** The line after the one with this title. */
function below(title: string): string {
  return said[said.indexOf(title) + 1]?.trim() ?? "";
}

const vm = () => /\S+$/.exec(below("Then, for example"))?.[0] ?? "";

describe("in a second terminal", () => {
  test("bash: a repair, its list and its undo, all marked as simulated", async () => {
    const source = below("In a second terminal, bash or zsh");
    const script = [
      source,
      `${program} repair ${vm()} --json`,
      `${program} runs --json`,
      `${program} undo "$(${program} runs --json | sed -n 's/^    "id": "\\(.*\\)",$/\\1/p' | head -1)" --json`,
    ].join("\n");
    const { stdout } = await promisify(execFile)("bash", ["-c", script], { maxBuffer: 16 * 1024 * 1024 });
    const [repaired, runs, undone] = documents(stdout);
    const simulated = { azure: "sandbox", world: "renew-rdp-certificate", guest: "modelled" };
    expect(repaired).toMatchObject({ outcome: "repaired", simulated });
    expect(runs).toMatchObject([{ id: (repaired as { id: string }).id }]);
    expect(undone).toMatchObject({ mode: "undo", outcome: "undone", simulated });
  });

  test.skipIf(!hasPwsh)("PowerShell: a diagnosis", async () => {
    const source = below("In a second terminal, PowerShell");
    const command = `${source}; & '${process.execPath}' cli/main.ts diagnose ${vm()} --json`;
    const args = ["-NoProfile", "-NonInteractive", "-Command", command];
    const ended = await promisify(execFile)(findPwsh() ?? "pwsh", args).catch((error: { stdout: string }) => error);
    expect(JSON.parse(ended.stdout)).toMatchObject({ mode: "diagnose", simulated: { azure: "sandbox" } });
  });

  test("its files and its runs are gone afterwards", async () => {
    const file = /\S+use\.sh$/.exec(below("In a second terminal, bash or zsh"))?.[0] ?? "";
    expect(existsSync(file)).toBe(true);
    child.kill("SIGINT");
    await once(child, "exit");
    expect(existsSync(file)).toBe(false);
  });
});

/** JSON documents that follow each other, each of which ends with a bracket at the start of a line. */
function documents(text: string): unknown[] {
  return text
    .split(/(?<=^[}\]])\n/m)
    .filter((one) => one.trim() !== "")
    .map((one) => JSON.parse(one));
}
