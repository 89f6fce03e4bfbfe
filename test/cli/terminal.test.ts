import { expect, test } from "vitest";
import { outputTo } from "../../cli/terminal.ts";

const write = () => true;

test.each([
  ["a terminal", { isTTY: true }, {}, { live: true, colour: true }],
  ["a terminal whose owner declines colours", { isTTY: true }, { NO_COLOR: "1" }, { live: true, colour: false }],
  ["NO_COLOR that is empty says nothing", { isTTY: true }, { NO_COLOR: "" }, { live: true, colour: true }],
  ["a terminal that can do nothing", { isTTY: true }, { TERM: "dumb" }, { live: false, colour: false }],
  ["a pipe or a file", {}, { FORCE_COLOR: "1" }, { live: false, colour: false }],
])("%s", (_, stream, environment, { live, colour }) => {
  const output = outputTo({ columns: 80, write, ...stream }, environment);
  expect(output.live).toBe(live);
  expect(output.layout.paint("bad", "x")).toBe(colour ? "\u001b[31mx\u001b[39m" : "x");
});
