import { expect, test } from "vitest";
import { writeCsv } from "../../lib/core/csv.ts";

test("a field with a comma, a quote or a line end is quoted, and none is taken for a formula", () => {
  const lines = [
    ["vm", "says"],
    ["a,b", 'x "y"'],
    ["line\r\nend", "=cmd()"],
    ["-1", "@x"],
  ];
  expect(writeCsv(lines)).toBe('vm,says\r\n"a,b","x ""y"""\r\n"line\r\nend",\'=cmd()\r\n\'-1,\'@x\r\n');
});
