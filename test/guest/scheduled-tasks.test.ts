import { describe, expect, test } from "vitest";
import { declaredValues, weakenableValueIds } from "../../lib/core/registry-value.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { commandsOf51 } from "./powershell/commands-of-5.1.ts";
import { commandsOf, parseScript } from "./powershell/grammar.ts";
import { knownCommands, noAlias, noInvokeExpression, noSyntaxError } from "./powershell/rules.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";
import { restoreCommand, taskText } from "./restore-task.ts";

/*
 * What a VM's own task does when its time has come. It is text in the script and runs by itself, so it is read here as
 * the script that it is. On a real Windows it was not yet run.
 */

const whole = parseScript(restoreCommand);
const command = taskText("RestoreCommand");

test("the task's command is PowerShell of 5.1, without a short form", () => {
  expect(noSyntaxError(whole)).toEqual([]);
  expect(noAlias(whole)).toEqual([]);
  expect(noInvokeExpression(whole)).toEqual([]);
});

test("every command and parameter of it is in Windows PowerShell 5.1", () => {
  expect(commandsOf(whole.root).length).toBeGreaterThan(5);
  expect(knownCommands(new Set(), commandsOf51)(whole)).toEqual([]);
});

test("it writes where the values are that may be weakened", () => {
  for (const id of weakenableValueIds) expect(command).toContain(`'HKLM:\\${declaredValues[id].key}'`);
});

test("nothing in it means anything to a command line or to XML", () => {
  expect(command).not.toMatch(/["<>&%]/);
});

test("the task runs as SYSTEM, also after its time, and until it has worked", () => {
  const task = taskText("RestoreTask");
  expect(task).toContain("<UserId>S-1-5-18</UserId>");
  expect(task).toContain("<StartWhenAvailable>true</StartWhenAvailable>");
  expect(task).toContain("<Interval>PT5M</Interval>");
  // A service that hangs while it stops keeps the next try waiting no longer than that.
  expect(task).toContain("<ExecutionTimeLimit>PT4M</ExecutionTimeLimit>");
  expect(task.match(/\{\d\}/g)).toEqual(["{0}", "{1}"]);
});

/** The commands of Windows that the task calls, in the place of which these keep account. */
const simulated = `
$script:Value = @{ data = 0; there = $true }
$script:Calls = @()
$script:Status = 'Running'
function Get-Item { $key = [pscustomobject]@{ }; $key | Add-Member -MemberType ScriptMethod -Name GetValue -Value { if ($script:Value.there) { $script:Value.data } }; $key }
function Stop-Service { $script:Calls += 'stop' }
function Start-Service { $script:Calls += 'start' }
function Set-ItemProperty { param($Path, $Name, $Value) $script:Calls += "set $Name $Value"; $script:Value.data = $Value }
function Remove-ItemProperty { param($Path, $Name) $script:Calls += "remove $Name"; $script:Value.there = $false }
function Get-Service { [pscustomobject]@{ Status = $script:Status } }
function Unregister-ScheduledTask { param($TaskName, $TaskPath, [switch]$Confirm) $script:Calls += "unregister $TaskPath$TaskName $Confirm" }
function Invoke-Task($Value, $Weakened, $Former) {
    $script:Calls = @()
    & ([scriptblock]::Create((Get-RestoreArguments $Value $Weakened $Former).Substring(36)))
    $script:Calls -join ', '
}`;

describe.skipIf(!hasPwsh)("under pwsh", () => {
  test("restores what is weakened still, starts the services, and deletes itself once they run", async () => {
    const body = `${simulated}
(Get-RestoreArguments 'UserAuthentication' 0 1).Substring(0, 36)
Invoke-Task 'UserAuthentication' 0 1
Invoke-Task 'UserAuthentication' 0 1
$script:Value.data = 1
Invoke-Task 'SecurityLayer' 1 $null
$script:Status = 'Stopped'
Invoke-Task 'SecurityLayer' 1 $null`;
    const gone = (name: string) => `unregister \\RdpRemediation-${name} False`;
    expect(await runPwsh(["text.ps1", "windows/system.ps1", "windows/scheduled-tasks.ps1"], body)).toEqual([
      "-NoProfile -NonInteractive -Command ",
      `set UserAuthentication 1, stop, start, ${gone("UserAuthentication")}`,
      `start, ${gone("UserAuthentication")}`,
      `remove SecurityLayer, stop, start, ${gone("SecurityLayer")}`,
      "start",
    ]);
  });

  test("takes nothing but a known name and numbers into its command line", async () => {
    const body = `
foreach ($bad in @("UserAuthentication';exit", 0, 1), @('userauthentication', 0, 1), @('SecurityLayer', '1;exit', 2), @('SecurityLayer', 1, '$x')) {
    try { Get-RestoreArguments @bad } catch { 'refused' }
}`;
    expect(await runPwsh(["text.ps1", "windows/system.ps1", "windows/scheduled-tasks.ps1"], body)).toEqual(
      Array(4).fill("refused"),
    );
  });

  test("is read back as it was registered; one that was changed, or is gone, is told apart", async () => {
    const body = `
$script:Task = $null
function Register-ScheduledTask { param($TaskName, $TaskPath, $Xml)
    $task = ([xml]$Xml).Task
    $script:Task = [pscustomobject]@{ Name = "$TaskPath$TaskName"; Actions = @([pscustomobject]@{ Arguments = $task.Actions.Exec.Arguments }); Triggers = @([pscustomobject]@{ StartBoundary = $task.Triggers.TimeTrigger.StartBoundary }) }
}
function Get-ScheduledTask { param($TaskName, $TaskPath)
    if (-not $script:Task) { Write-Error -Message 'none' -Category ObjectNotFound -ErrorAction Stop }
    $script:Task
}
function Show-Task { $task = Get-RestoreTask 'SecurityLayer'; if ($task) { "$($task.weakened)|$($task.former)|$($task.until)" } else { 'none' } }
Show-Task
Register-RestoreTask 'SecurityLayer' 1 2 '2026-11-21T09:00:00.000Z'
"$($script:Task.Name) $($script:Task.Triggers[0].StartBoundary)"
Show-Task
Register-RestoreTask 'SecurityLayer' 1 $null '2026-11-21T09:00:00.000Z'
Show-Task
$script:Task.Actions[0].Arguments += ';exit'
(Show-Task).Substring(0, 2)
$script:Task.Triggers = @()
Show-Task`;
    expect(await runPwsh(["text.ps1", "windows/system.ps1", "windows/scheduled-tasks.ps1"], body)).toEqual([
      "none",
      "\\RdpRemediation-SecurityLayer 2026-11-21T09:00:00Z",
      "1|2|2026-11-21T09:00:00.000Z",
      "1||2026-11-21T09:00:00.000Z",
      "||",
      "||",
    ]);
  });
});
