import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawScreen } from "../../scripts/screen-picture.ts";

test("a screen becomes text in the colours of the terminal, and nothing of it is markup", () => {
  const svg = drawScreen("rdp-remediation show <run>", "\u001b[31mfault\u001b[39m a & b\n\u001b[2mquiet\u001b[22m", 40);
  expect(svg).toContain('<tspan fill="#ff7b72">fault</tspan> a &amp; b</text>');
  expect(svg).toContain('<tspan fill="#8b949e">quiet</tspan></text>');
  expect(svg).toContain("$ rdp-remediation show &lt;run&gt;");
  expect(svg.includes("\u001b")).toBe(false);
});

test("a line that is longer than the screen goes on in the next one", () => {
  expect(drawScreen("x", "a".repeat(45), 20).match(/>a+</g)).toEqual([
    `>${"a".repeat(20)}<`,
    `>${"a".repeat(20)}<`,
    ">aaaaa<",
  ]);
});

test("the picture of the README is of a repair in a sandbox, and says so", () => {
  const picture = readFileSync("docs/first-screen.svg", "utf8");
  for (const text of [
    "repair --sandbox renew-rdp-certificate",
    "Simulated: Azure is a sandbox",
    ">repaired<",
    "rdp-remediation sandbox",
  ]) {
    expect(picture, text).toContain(text);
  }
  expect(readFileSync("README.md", "utf8")).toContain("(docs/first-screen.svg)");
});
