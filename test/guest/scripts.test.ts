import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { composeScript, scriptNames } from "../../lib/guest/compose.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { commandsOf51 } from "./powershell/commands-of-5.1.ts";
import { functionsOf, parseScript } from "./powershell/grammar.ts";
import {
  asciiAlone,
  countedListsAreLists,
  knownCommands,
  noAlias,
  noExitInFunction,
  noInvokeExpression,
  noLaterSyntax,
  noSyntaxError,
  noTalk,
  noTextInText,
  statedErrorAction,
  windowsThroughTheAdapterAlone,
} from "./powershell/rules.ts";
import { emptyRequest } from "./requests.ts";

const folder = new URL("../../lib/guest/scripts/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ps1"))
  .map((name) => ({ name, script: parseScript(readFileSync(new URL(name, folder), "utf8")) }));
const composed = scriptNames.map((name) => ({ name, script: parseScript(composeScript(name, emptyRequest)) }));

const declared = files.flatMap(({ name, script }) => functionsOf(script.root).map((one) => ({ ...one, file: name })));
const ours = new Set(declared.map(({ name }) => name));
const inWindows = ({ file }: { file: string }) => file.startsWith("windows");
/** What logic may call: our own functions, and of those that touch Windows only those of the Windows adapter. */
const callable = new Set([
  ...declared.filter((one) => !inWindows(one)).map(({ name }) => name),
  ...Object.keys(adapterFunctions),
]);

const rules = {
  noSyntaxError,
  noLaterSyntax,
  asciiAlone,
  noAlias,
  noTalk,
  noExitInFunction,
  noTextInText,
  countedListsAreLists,
  noInvokeExpression,
};

describe.each([...files, ...composed])("$name", ({ script }) => {
  test.each(Object.entries(rules))("%s", (_, rule) => {
    expect(rule(script)).toEqual([]);
  });

  test("every command and parameter is in Windows PowerShell 5.1", () => {
    expect(knownCommands(ours, commandsOf51)(script)).toEqual([]);
  });

  test("functions of modules say what to do on an error", () => {
    expect(statedErrorAction(commandsOf51)(script)).toEqual([]);
  });
});

describe.each(files.filter(({ name }) => !name.startsWith("windows")))("$name", ({ script }) => {
  test("reaches Windows through the adapter only", () => {
    expect(windowsThroughTheAdapterAlone(callable)(script)).toEqual([]);
  });
});

test("the functions that touch Windows are those of the adapter, with the same parameters in the same order", () => {
  const inAdapter = declared.filter((one) => inWindows(one) && Object.hasOwn(adapterFunctions, one.name));
  expect(Object.fromEntries(inAdapter.map(({ name, parameters }) => [name, parameters]))).toEqual(
    Object.fromEntries(Object.entries(adapterFunctions).map(([name, { parameters }]) => [name, parameters])),
  );
});

test("no function is declared twice, and none without being called", () => {
  const names = declared.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  const all = files.map(({ script }) => script.text).join("\n");
  const calls = (name: string) => all.match(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "g"))?.length ?? 0;
  expect(names.filter((name) => calls(name) < 2)).toEqual([]);
});

test.each(composed)("$name calls no function that it does not hold", ({ script }) => {
  const held = new Set(functionsOf(script.root).map(({ name }) => name));
  const missing = [...ours].filter(
    (name) => !held.has(name) && new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(script.text),
  );
  expect(missing).toEqual([]);
});

test("collect holds no function that changes Windows", () => {
  const [collect] = composed;
  const changing = Object.entries(adapterFunctions).flatMap(([name, { changes }]) => (changes ? [name] : []));
  const held = functionsOf(collect?.script.root ?? fail()).map(({ name }) => name);
  expect(held).toContain("Get-FileFacts");
  expect(held.filter((name) => changing.includes(name))).toEqual([]);
});

function fail(): never {
  throw new Error("There is no script collect.");
}
