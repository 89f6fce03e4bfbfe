import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptOutput } from "../../sandbox/guest/guest.ts";
import { pwshHost } from "../../sandbox/guest/pwsh-host.ts";
import { hasPwsh, pwsh } from "../fixtures/pwsh.ts";

/* A script in a PowerShell that lives on sees and shows what it would in a process of its own. */

const program = pwsh ?? "pwsh";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pwsh-host-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.ps1`);
  writeFileSync(path, text);
  return path;
}

function hosted(text: string, variables?: Record<string, string>): Promise<ScriptOutput> {
  return pwshHost(program).run(file(text), variables);
}

function alone(text: string): Promise<ScriptOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", file(text)], {
      env: { ...process.env, NO_COLOR: "1", POWERSHELL_TELEMETRY_OPTOUT: "1", POWERSHELL_UPDATECHECK: "Off" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (data) => {
      stdout += data;
    });
    child.stderr.setEncoding("utf8").on("data", (data) => {
      stderr += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ stdout, stderr, exitCode: code ?? 1 }));
  });
}

/** Changes everything that a script can change of the PowerShell around it. */
const pollution = `
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$global:ErrorActionPreference = 'Stop'
$global:WarningPreference = 'SilentlyContinue'
$global:ProgressPreference = 'SilentlyContinue'
$global:OFS = '-'
$global:PSDefaultParameterValues['Out-String:Width'] = 20
$global:Left = 'left'
function global:Get-Left { 'left' }
Set-Alias -Scope Global -Name left -Value Get-Left
$env:LEFT_BEHIND = 'left'
$env:HOME = '/left'
Remove-Item Env:PATH
Set-Location /
[Environment]::CurrentDirectory = '/'
[cultureinfo]::DefaultThreadCurrentCulture = 'de-DE'
[cultureinfo]::DefaultThreadCurrentUICulture = 'de-DE'
[cultureinfo]::CurrentCulture = 'tr-TR'
[Console]::SetOut([System.IO.TextWriter]::Null)
[System.Net.ServicePointManager]::SecurityProtocol = 'Tls13'
Import-Module Microsoft.PowerShell.Archive
$global:Error.Clear()
`;

/*
 * A process loads its own modules when they are first used; here their commands are there from the start. Vitest counts
 * VITEST_WORKER_ID up for each file of tests; a PowerShell that lives on may have started during an earlier one.
 */
const look = `
"strict $(try { $nothing; 'off' } catch { 'on' })"
foreach ($name in 'ErrorAction', 'Warning', 'Progress', 'Verbose', 'Debug', 'Confirm') { "$name $((Get-Variable "$($name)Preference").Value)" }
"defaults $($PSDefaultParameterValues.Count)"
"separator $(@(1, 2))"
"left $($null -ne (Get-Variable Left -ErrorAction Ignore)) $($null -ne (Get-Command Get-Left, left -ErrorAction Ignore))"
"environment $(@([Environment]::GetEnvironmentVariables().Keys | Where-Object { $_ -notmatch '^(_|SHLVL|DOTNET_.*|VITEST_WORKER_ID)$' } | Sort-Object | ForEach-Object { "$_=$([Environment]::GetEnvironmentVariable($_))" }) -join ';')"
"place $(Get-Location) $([Environment]::CurrentDirectory)"
"culture $([cultureinfo]::CurrentCulture.Name) $([cultureinfo]::CurrentUICulture.Name) $(1.5.ToString())"
"protocols $([System.Net.ServicePointManager]::SecurityProtocol)"
"errors $($Error.Count) exit '$LASTEXITCODE'"
"modules $(@(Get-Module | ForEach-Object Name) -notmatch '^Microsoft\\.PowerShell\\.(Management|Utility)$' -join ',')"
"types $($null -ne ('Left.Behind' -as [type])) $($null -ne ('LeftClass' -as [type]))"
"script $([bool]$PSScriptRoot) $($MyInvocation.MyCommand.CommandType) $($args.Count)"
1
$true
[pscustomobject]@{ Number = 1; Text = 'one' } | Out-String
[Console]::WriteLine('direct')
[Console]::Error.WriteLine('direct error')
"input '$([Console]::In.ReadToEnd())'"
try { Read-Host 'anything' } catch { 'nobody to ask' }
`;

describe.skipIf(!hasPwsh)("a PowerShell that lives on", () => {
  test("shows a script what a process of its own would, whatever ran before it", async () => {
    const own = await alone(look);
    expect(own.stdout).toContain("direct");
    await hosted(pollution);
    expect(await hosted(look)).toMatchObject(own);
  });

  test.each([
    ["exits", "'before'; exit 7; 'after'"],
    ["exits from a function", "function Stop-All { exit 3 }\n'before'; Stop-All; 'after'"],
    ["ends", "'all'"],
    ["goes on after an error", "Write-Error 'broken'; 'after'"],
    ["throws", "'before'; throw 'broken'"],
    ["throws in strict mode", "Set-StrictMode -Version 3; $nothing"],
    ["does not parse", "if ("],
  ])("ends as a process does when a script %s", async (_, text) => {
    const [own, here] = [await alone(text), await hosted(text)];
    expect({ stdout: here.stdout, exitCode: here.exitCode }).toEqual({ stdout: own.stdout, exitCode: own.exitCode });
    expect(here.stderr === "").toBe(own.stderr === "");
  });

  test("takes no type from one script to the next", async () => {
    await hosted("Add-Type -TypeDefinition 'namespace Left { public class Behind { } }'\nclass LeftClass { }");
    const { stdout } = await hosted("\"$('Left.Behind' -as [type])$('LeftClass' -as [type]).\"");
    expect(stdout).toBe(".\n");
  });

  test("is replaced when a script ends the process itself", async () => {
    expect(await hosted("[Environment]::Exit(5)")).toMatchObject({ exitCode: 5 });
    expect(await hosted("'again'")).toMatchObject({ stdout: "again\n", exitCode: 0 });
  });

  test("gives a script its variables, and takes them back", async () => {
    expect(await hosted("$env:GIVEN", { GIVEN: "some" })).toMatchObject({ stdout: "some\n" });
    expect(await hosted('"$($null -eq $env:GIVEN)"')).toMatchObject({ stdout: "True\n" });
  });

  test("runs many at once, each by itself", async () => {
    const numbers = Array.from({ length: 6 }, (_, at) => at);
    const outputs = await Promise.all(numbers.map((number) => hosted("$env:NUMBER", { NUMBER: String(number) })));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(numbers.map((number) => `${number}\n`));
  });

  test("that is not there is an error that names the program", async () => {
    await expect(pwshHost("/nowhere/pwsh").run(file("1"))).rejects.toThrow("/nowhere/pwsh");
  });
});
