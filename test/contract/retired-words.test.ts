import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/*
 * One thing has one word, and it is the field's. These are words that the product once had for them: none may come back, in
 * an identifier, a file name, a comment, a message or a document.
 */

interface Retired {
  readonly word: RegExp;
  readonly instead: string;
  /** Plain English that is retired as a name only: `takeBack` is, "takes its lock back" is not. */
  readonly asName?: true;
}

const retired: readonly Retired[] = [
  { word: /deeds?/, instead: "operation" },
  { word: /relax\w*/, instead: "weaken, temporary weakening" },
  { word: /(?:read|write) place/, instead: "resource", asName: true },
  { word: /witness\w*/, instead: "invariants" },
  { word: /leaning|leans?/, instead: "depends, dependents" },
  { word: /take ?back/, instead: "roll back", asName: true },
  { word: /tak(?:en|ing|es) ?back|took ?back/, instead: "rolled back, undo" },
  { word: /ways? ?back/, instead: "inverse operation, rollback" },
  { word: /seams?/, instead: "adapter" },
  { word: /hands off/, instead: "exclusion" },
  { word: /(?:shut )?doors/, instead: "listener-side checks, http triggers" },
  { word: /upkeep|housekeeping|keep house/, instead: "maintenance" },
  { word: /opinions?(?: on)?/, instead: "cross-check" },
  { word: /surroundings/, instead: "topology" },
  { word: /why not/, instead: "unfixable reason", asName: true },
  { word: /borders of/, instead: "range boundaries" },
  { word: /fuse samples/, instead: "merge verdicts" },
  { word: /known port/, instead: "last-seen port", asName: true },
  { word: /spend script/, instead: "finish script" },
  { word: /ask outside/, instead: "external probe" },
  { word: /told alerts/, instead: "received alerts" },
  { word: /pretend(?:ed|s)?/, instead: "simulated" },
  { word: /stop service firmly/, instead: "stop service with timeout" },
  { word: /test (?:there|same)/, instead: "test path exists, compare state", asName: true },
];

const roots = "{lib,cli,functions,sandbox,scripts,infra,docs}/**/*.{ts,ps1,py,sh,json,md,bicep,yml}";
const files = globSync(roots, { exclude: ["**/node_modules/**", "**/dist/**"] })
  .map((file) => file.replaceAll("\\", "/"))
  .concat("README.md", "CONTRIBUTING.md", "SECURITY.md")
  .sort();

/** `takeBackAll`, `take-back-all` and `Take_Back_All` are the same words: `take back all`. */
function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[-_./\\]+/g, " ")
    .toLowerCase();
}

/** Identifiers and names of files: words that are joined, by capitals or by signs. */
const joined = /\b[A-Za-z][a-z0-9]*(?:[-_A-Z][A-Za-z0-9]*)+\b/g;

function occurs({ word, asName }: Omit<Retired, "instead">, text: string): boolean {
  const whole = new RegExp(`(?<![a-z])(?:${word.source})(?![a-z])`);
  return whole.test((asName ? (text.match(joined) ?? []) : [text]).map(wordsOf).join("\n"));
}

describe("words that must not come back", () => {
  const texts = files.map((file) => ({ file, text: `${file}\n${readFileSync(file, "utf8")}` }));

  test("there is something to look through", () => {
    expect(files.length).toBeGreaterThan(400);
  });

  test.each(retired)("$word: $instead", (one) => {
    expect(texts.filter(({ text }) => occurs(one, text)).map(({ file }) => file)).toEqual([]);
  });

  test.each([
    ["const takeBack = 1;", { word: /take back/, asName: true }, true],
    ["lib/guest/scripts/take-back.ps1", { word: /take back/, asName: true }, true],
    ["It can take its lock, take back and forth.", { word: /take back/, asName: true }, false],
    ["function Invoke-Deed {", { word: /deeds?/ }, true],
    ["A deed.", { word: /deeds?/ }, true],
    ["Indeed.", { word: /deeds?/ }, false],
  ] as const)("%s is searched for %s: %s", (text, one, found) => {
    expect(occurs(one, text)).toBe(found);
  });
});

/** Texts that left their reader without what happened, to what, and what to do next. */
const messages: readonly RegExp[] = [
  /refused the sign-in\. Check the identity, its secret/,
  /is in effect in this VM\. The journal stays/,
  /Another run .{0,40} is working on this VM/,
  /Wait for it to end, or cancel it, and start again/,
  /the remediator role there/,
  /There is no bearer token/,
  /Do by hand what the findings say/,
  /would apply the plan that is shown/,
  /now waits with another plan/,
  /minutes are over\. Look at it later/,
  /before it shows/,
];

test.each(messages)("no source has the message %s", (message) => {
  const sources = files.filter((file) => !file.endsWith(".md"));
  expect(sources.filter((file) => message.test(readFileSync(file, "utf8")))).toEqual([]);
});
