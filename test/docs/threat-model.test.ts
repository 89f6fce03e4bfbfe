import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { appRoles } from "../../lib/http/app-roles.ts";

/* Each claim of the threat model names the test that holds it: that test has to be there, by that name. */

const page = readFileSync("docs/threat-model.md", "utf8");
const claims = [...page.matchAll(/`(test\/[\w/.-]+\.ts)`(?:\s+"([^"]+)")?/g)].map(([, file = "", name = ""]) => ({
  file,
  name,
}));

describe("the threat model", () => {
  test("has claims", () => {
    expect(claims.length).toBeGreaterThan(25);
  });

  test.each(claims)('$file has "$name"', ({ file, name }) => {
    expect(name).not.toBe("");
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, "utf8")).toContain(name);
  });

  test("leaves no row of a table without one, but where it says that no test can hold it", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && line.split("|").length === 5);
    const against = rows.filter((row) => !/^\| (They could try to|Who|Asset|`|an? |the )/.test(row));
    const untested = against.filter((row) => !row.includes("`test/"));
    expect(untested.filter((row) => !row.includes("no test here can see"))).toEqual([]);
  });

  test("says of every role who it is", () => {
    for (const role of appRoles.filter((role) => role !== "ActionGroupsSecureWebhook")) {
      expect(page).toContain(`| \`${role}\` |`);
    }
  });
});
