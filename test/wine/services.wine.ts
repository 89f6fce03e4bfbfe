import { describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, runProgram } from "./machine.ts";

/* The service manager is Wine's own, and so is the WMI that the guest asks (stand-ins.ps1); net.exe tells who runs. */

const machine = inject("machine") as Machine;

async function running(): Promise<string> {
  return runProgram(machine, "net", "start");
}

describe.skipIf(!machine)("services, under Wine", () => {
  test("a service is started and stopped, once and again", async () => {
    const states = "Out @('SessionEnv', 'UmRdpService' | ForEach-Object { (Get-ServiceFacts $_).state })";
    const body = `
foreach ($name in 'UmRdpService', 'SessionEnv') { Stop-RdpService -Name $name -TimeoutSeconds 300 }
${states}
foreach ($round in 1, 2) { Start-RdpService -Name 'SessionEnv' -TimeoutSeconds 300 }
${states}
foreach ($round in 1, 2) { Stop-RdpService -Name 'SessionEnv' -TimeoutSeconds 300 }
${states}
Start-RdpService -Name 'UmRdpService' -TimeoutSeconds 300`;
    expect(await askGuest(machine, body, { standIns: true })).toEqual([
      ["Stopped", "Stopped"],
      ["Running", "Stopped"],
      ["Stopped", "Stopped"],
    ]);
    const shown = await running();
    expect(shown).toContain("UmRdpService");
    expect(shown).not.toContain("SessionEnv");
  });

  test("a service tells its state, start mode, account and type; one that is not there is none", async () => {
    const body = `
Stop-RdpService -Name 'TermService' -TimeoutSeconds 300
Start-RdpService -Name 'UmRdpService' -TimeoutSeconds 300
foreach ($name in 'TermService', 'UmRdpService', 'Nowhere') { Out (Get-ServiceFacts $name) }`;
    expect(await askGuest(machine, body, { standIns: true })).toEqual([
      { state: "Stopped", startMode: "Manual", account: "NT AUTHORITY\\NetworkService", type: "share" },
      { state: "Running", startMode: "Manual", account: "LocalSystem", type: "own" },
      null,
    ]);
  });

  test("a service that is not there can be neither started nor stopped", async () => {
    const body = `
foreach ($command in 'Start-RdpService', 'Stop-RdpService') {
    try { & $command -Name 'Nowhere' -TimeoutSeconds 1; Out 'done' } catch { Out 'refused' }
}`;
    expect(await askGuest(machine, body, { standIns: true })).toEqual(["refused", "refused"]);
  });
});
