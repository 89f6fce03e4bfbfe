import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { restoreCommand } from "../restore-task.ts";
import { commandsOf51, excerptOf, excerptPath } from "./commands-of-5.1.ts";
import { commandsOf, parseScript } from "./grammar.ts";

/*
 * The excerpt of the list of Windows PowerShell's commands. A command that a script calls for the first time is missing in
 * it. It comes from PSScriptAnalyzer's list, never from the script:
 *
 *   WINDOWS_POWERSHELL_COMMANDS=the-whole-list.json npx vitest run -u test/guest/powershell/commands-of-5.1.test.ts
 *
 * where that file is {"source": "...", "commands": {"Get-Item": {"module": "...", "parameters": ["..."]}}}.
 */

const folders = ["../../../lib/guest/scripts/", "../../windows/", "../../../cli/"].map(
  (path) => new URL(path, import.meta.url),
);
const texts = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ps1"))
    .map((name) => readFileSync(new URL(name, folder), "utf8")),
);
const called = new Set(
  [...texts, restoreCommand].flatMap((text) =>
    commandsOf(parseScript(text).root).flatMap(({ name }) => name?.toLowerCase() ?? []),
  ),
);

test("the excerpt holds no command that no script calls", () => {
  expect(commandsOf51.size).toBeGreaterThan(20);
  expect([...commandsOf51.keys()].filter((name) => !called.has(name))).toEqual([]);
});

test("the excerpt has facts of Windows PowerShell 5.1, and none of later versions", () => {
  const parametersOf = (name: string) => commandsOf51.get(name)?.parameters;
  expect(parametersOf("get-service")).toContain("ComputerName");
  // PowerShell 6 and 7 brought these.
  expect(parametersOf("join-path")).toEqual(expect.not.arrayContaining(["AdditionalChildPath"]));
  expect(parametersOf("start-sleep")).toEqual(["Milliseconds", "Seconds"]);
});

const wholeList = process.env.WINDOWS_POWERSHELL_COMMANDS;

// Only whoever has the whole list can compare: without it there is no such test, and nothing is skipped.
if (wholeList)
  test("the excerpt is what the whole list says", async () => {
    await expect(excerptOf(readFileSync(wholeList, "utf8"), called)).toMatchFileSnapshot(excerptPath);
  });
