import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainLines, plainText } from "../../lib/core/plain-text.ts";

/** Everything that a terminal or a pipeline obeys, and what it is made of. */
const pieces = fc.array(
  fc.constantFrom(
    "##vso[",
    "##[",
    "#",
    "::",
    ":",
    "vso[",
    "[",
    "\n",
    "\r",
    "\u2028",
    "\u0085",
    "\u001b",
    "\u009b",
    "\u0007",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud83d",
    "\ude00",
    "\ue000",
    " ",
    "\t",
    "a",
    "set-output",
  ),
  { maxLength: 30 },
);
const commands = /##\[|##vso\[/i;

describe("plain text", () => {
  test.each([
    ["no\n##vso[task.setvariable variable=PATH]/evil", "no #vso[task.setvariable variable=PATH]/evil"],
    ["::add-mask::x", "> ::add-mask::x"],
    ["  \r\n ::add-mask::x", "> ::add-mask::x"],
    ["\u200b::stop-commands::t", "> ::stop-commands::t"],
    ["####[error]x", "#[error]x"],
    ["##\u200bvso[task.prependpath]/x", "#vso[task.prependpath]/x"],
    ["user\u202Egnp.exe", "usergnp.exe"],
    ["\u001b[2J\u001b]0;pwned\u0007text", "text"],
    ["a\r\nb\tc", "a b c"],
    ["2001:db8::1 is denied", "2001:db8::1 is denied"],
    ["Not needed: the C:\\ drive is full, #1", "Not needed: the C:\\ drive is full, #1"],
  ])("%j is %j", (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test("is one line, in which no terminal and no pipeline finds anything to obey", () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 40 }), (parts, maximum) => {
        const plain = plainText(parts.join(""), maximum);
        expect(plain).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(plain).not.toMatch(commands);
        expect(plain).not.toMatch(/^\s*::/);
        expect(plain.length).toBeLessThanOrEqual(maximum);
        expect(plain.isWellFormed()).toBe(true);
        expect(plainText(plain, maximum)).toBe(plain);
      }),
    );
  });

  test("of several lines keeps the lines and their indentation, and nothing else that moves the cursor", () => {
    expect(plainLines("~ group\n    rule\u001b[2J x\r\n##vso[a]\n  ::b::")).toBe(
      "~ group\n    rule x\n#vso[a]\n  > ::b::",
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const lines = plainLines(parts.join("")).split("\n");
        for (const line of lines) {
          expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(line).not.toMatch(commands);
          expect(line).not.toMatch(/^\s*::/);
        }
      }),
    );
  });
});
