import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanAll, cleanText } from "../../cli/render/clean.ts";
import { createLayout } from "../../cli/render/layout.ts";
import { displayWidth, truncateText, wrapText } from "../../cli/render/wrap.ts";

const texts = fc.oneof(
  fc.lorem({ maxCount: 40 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom("a", "-", "\\", " ", "\n", "漢", "é", "e\u0301", "😀"), maxLength: 300 }),
);
const widths = fc.integer({ min: 12, max: 80 });

describe("wrap", () => {
  test("no line is wider than asked, but for one path or id; and no letter is lost or moved", () => {
    fc.assert(
      fc.property(texts, widths, (text, width) => {
        const lines = wrapText(text, width, "  * ", "    ");
        const wide = lines.filter((line) => displayWidth(line) > width).map((line) => line.slice(4));
        for (const line of wide) expect(text.split(/\s+/)).toContain(line);
        expect(
          lines
            .map((line) => line.slice(4))
            .join("")
            .replace(/\s+/g, ""),
        ).toBe(text.replace(/\s+/g, ""));
      }),
    );
  });

  test("breaks at spaces and keeps the indent", () => {
    expect(wrapText("one two three four", 10, "- ", "  ")).toEqual(["- one two", "  three", "  four"]);
  });

  test("never breaks a path or an id: it gets a line of its own, however long", () => {
    const path = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa";
    expect(wrapText(`The value ${path} is 1.`, 26, "  ")).toEqual(["  The value", `  ${path}`, "  is 1."]);
  });

  test("breaks another long word behind a separator", () => {
    expect(wrapText("größe-größe-größe-größe", 14)).toEqual(["größe-größe-", "größe-größe"]);
  });

  test("wraps nothing where the output goes to a file or a program", () => {
    const text = "word ".repeat(100).trim();
    expect(wrapText(text, createLayout({ columns: undefined, colour: false }).width, "  ")).toEqual([`  ${text}`]);
  });

  test("no text, no line", () => {
    expect(wrapText(" \n ", 80, "  ")).toEqual([]);
  });
});

describe("displayWidth", () => {
  test.each([
    ["plain", 5],
    ["漢字", 4],
    ["e\u0301", 1],
    ["😀", 2],
    ["한글", 4],
    ["ü", 1],
  ])("%s takes %i columns", (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

test("cut keeps within the width and says that it cut", () => {
  expect(truncateText("abcdefghij", 10)).toBe("abcdefghij");
  expect(truncateText("abcdefghijk", 10)).toBe("abcdefg...");
  expect(truncateText("漢字漢字漢字", 10)).toBe("漢字漢...");
});

describe("clean", () => {
  test.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007after", "after"],
    ["\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007", "link"],
    ["\u009b31mred", "red"],
    ["a\r\nb\tc", "a b c"],
    ["over\bwrite\u007f", "overwrite"],
    ["user\u202Egnp.exe", "usergnp.exe"],
    ["zero\u200bwidth\ufeff", "zerowidth"],
    ["lone \ud800 half", "lone \ufffd half"],
  ])("%j is printed as %j", (text, printed) => {
    expect(cleanText(text)).toBe(printed);
  });

  test("leaves nothing that a terminal would obey", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("\u001b", "[", "]", "0", ";", "m", "\u0007", "\u009b", "x", "\u202e", "\r"),
          maxLength: 60,
        }),
        (text) => {
          expect(cleanText(text)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        },
      ),
    );
  });

  test("reaches every text of a value, and leaves the rest alone", () => {
    expect(cleanAll({ a: ["\u001b[1mx"], b: { c: 1, d: null, e: true } })).toEqual({
      a: ["x"],
      b: { c: 1, d: null, e: true },
    });
  });
});
