import { describe, expect, test } from "vitest";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { firewallScripts, firewallStandIns, keysScripts, keysStandIns } from "./powershell/large-windows.ts";
import { traceStatements } from "./powershell/run-pwsh.ts";

/*
 * The work of a look grows in step with what it looks at, and no faster. What is counted are the statements that
 * PowerShell executes: as many on every machine, however fast it is.
 */

/** How many more statements 100 more are, and 200 more after these. */
async function growth(files: readonly string[], standIns: string, body: string, what: "files" | "rules") {
  const counts: number[] = [];
  for (const size of [100, 200, 400]) counts.push(await traceStatements(files, standIns, body, { [what]: size }));
  const [least = 0, middle = 0, most = 0] = counts;
  return { each: (middle - least) / 100, first: middle - least, second: most - middle };
}

describe.skipIf(!hasPwsh)("the statements of one look", () => {
  test("at the MachineKeys folder are a few for each file", async () => {
    const { each, first, second } = await growth(keysScripts, keysStandIns, "Get-OtherKeys", "files");
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(2 * first);
    expect(each).toBeLessThan(30);
  });

  test("at the firewall are a few for each rule, and the commands are as many for each number of rules", async () => {
    const body = `Get-FirewallFacts 3389; "calls $Calls"; if ($Calls -gt 10) { throw "$Calls commands were called." }`;
    const { each, first, second } = await growth(firewallScripts, firewallStandIns, body, "rules");
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(2 * first);
    expect(each).toBeLessThan(60);
  });
});
