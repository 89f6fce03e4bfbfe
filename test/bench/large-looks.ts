import { pwsh } from "../fixtures/pwsh.ts";
import { firewallScripts, firewallStandIns, keysScripts, keysStandIns } from "../guest/powershell/large-windows.ts";
import { runPwsh } from "../guest/powershell/run-pwsh.ts";
import { type Benchmark, type Measurement, measureTime } from "./benchmark.ts";

/** A look may take 300 seconds in all (lib/runs/timing.ts). */
const goal = "of the 300 s of a look; the reference is a fifth of it, so that a ratio of 5 is linear";

async function seconds(files: readonly string[], standIns: string, body: string, given: unknown): Promise<number> {
  const timed = `${standIns}
$watch = [System.Diagnostics.Stopwatch]::StartNew()
$null = ${body}
$watch.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)`;
  return Number((await runPwsh(files, timed, given)).at(-1));
}

/**
 * The parts of a look that grow with the VM, with the real scripts: a MachineKeys folder of 500,000 files, which are real
 * and empty ones on this machine's disk, and a firewall of 5,000 rules, whose commands are stand-ins that answer at once.
 * How long Windows itself takes for its files and commands was never measured.
 */
export const largeLooks: Benchmark = {
  names: ["look.keys-500000", "look.rules-5000"],
  async run() {
    if (pwsh === null) return [];
    const keys = (files: number) => seconds(keysScripts, keysStandIns, "Get-OtherKeys", { files });
    const rules = (count: number) =>
      seconds(firewallScripts, firewallStandIns, "Get-FirewallFacts 3389", { rules: count });
    const measured: Measurement[] = [];
    const fifth = await keys(100_000);
    measured.push(measureTime("look.keys-500000", await keys(500_000), "s", goal, fifth));
    const fewer = await rules(1_000);
    measured.push(measureTime("look.rules-5000", await rules(5_000), "s", goal, fewer));
    return measured;
  },
};
