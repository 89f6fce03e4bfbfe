import { describe, expect, test } from "vitest";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";

/* Functions of scripts/windows where Windows does not answer as it mostly does, each over a stand-in of what it calls. */

describe.skipIf(!hasPwsh)("scripts/windows under pwsh", () => {
  test("a command that is missing is an error, and never 'nobody listens' or 'there is no task'", async () => {
    const body = `
function Show($Work) { try { "$(& $Work)".Trim() + '.' } catch { "error: $($_.FullyQualifiedErrorId)" } }
Show { Get-PortOwner 3389 }
Show { Get-RestoreTask 'SecurityLayer' }
Show { Unregister-RestoreTask 'SecurityLayer' }
function Write-NotFound { Write-Error -Message 'none' -Category ObjectNotFound -ErrorId 'CmdletizationQuery_NotFound_LocalPort' -ErrorAction Stop }
function Get-NetTCPConnection { Write-NotFound }
function Get-ScheduledTask { Write-NotFound }
function Unregister-ScheduledTask { Write-NotFound }
Show { Get-PortOwner 3389 }
Show { Get-RestoreTask 'SecurityLayer' }
Show { Unregister-RestoreTask 'SecurityLayer' }`;
    const files = ["text.ps1", "windows/system.ps1", "windows/listener.ps1", "windows/scheduled-tasks.ps1"];
    const missing = "error: CommandNotFoundException";
    expect(await runPwsh(files, body)).toEqual([missing, missing, missing, ".", ".", "."]);
  });

  test("a rename is tried again while something holds the file, and any other failure is told at once", async () => {
    const body = `
$script:Fails = 0
$script:Code = 0
$script:Tries = 0
function Start-Sleep { }
function Test-Folder($Path) {
    $script:Tries += 1
    if ($script:Tries -le $script:Fails) { throw [System.ComponentModel.Win32Exception]::new($script:Code) }
    return $false
}
function Rename($Fails, $Code) {
    $script:Fails, $script:Code, $script:Tries = $Fails, $Code, 0
    [File]::WriteAllText("$Folder/a", '')
    [File]::Delete("$Folder/b")
    try { Rename-FileItem -Path "$Folder/a" -NewPath "$Folder/b"; $how = 'done' } catch { $how = 'failed' }
    "$how after $script:Tries, at its new place: $([File]::Exists("$Folder/b"))"
}
Rename 3 5
Rename 1 32
Rename 99 32
Rename 1 2`;
    expect(await runPwsh(["text.ps1", "windows/files.ps1", "windows/files-change.ps1"], body)).toEqual([
      "done after 4, at its new place: True",
      "done after 2, at its new place: True",
      "failed after 20, at its new place: False",
      "failed after 1, at its new place: False",
    ]);
  });

  test("dependents of a service start in the opposite order of their stop, and one that runs or fails stops nothing", async () => {
    const body = `
$RdpServices = @('SessionEnv', 'TermService', 'UmRdpService')
class Service {
    [string]$Name; [string]$Status; [object[]]$DependentServices = @(); [bool]$Broken
    Service($name, $status) { $this.Name = $name; $this.Status = $status }
    [void] Refresh() { [Console]::WriteLine("looked at $($this.Name)") }
    [void] Start() { if ($this.Broken) { throw 'no' }; $this.Status = 'Running'; [Console]::WriteLine("started $($this.Name)") }
    [void] Stop() { $this.Status = 'Stopped'; foreach ($one in $this.DependentServices) { $one.Status = 'Stopped' } }
    [void] WaitForStatus($status, $time) { }
}
$service = [Service]::new('TermService', 'Running')
# In the order in which they stop: the last is the one that the others need.
$service.DependentServices = @([Service]::new('Third', 'Running'), [Service]::new('Second', 'Running'), [Service]::new('First', 'Running'))
$service.DependentServices[2].Broken = $true
function Get-Service { $service }
Stop-RdpService 'TermService' 1
$service.DependentServices[1].Status = 'Running'
Start-RdpService 'TermService' 1`;
    expect(await runPwsh(["windows/services-change.ps1"], body)).toEqual([
      "started TermService",
      "looked at First",
      "looked at Second",
      "looked at Third",
      "started Third",
    ]);
  });

  test("a certificate whose key cannot be imported costs its own facts alone; keys of others are not used", async () => {
    const body = `
$SystemCertificates = 'x'
class Odd { [string]$Thumbprint; [string]$Subject; [string]$Issuer = 'CN=x'; [object]$SubjectName = @{ RawData = [byte[]]@(1) }; [object]$IssuerName = @{ RawData = [byte[]]@(1) }
    [datetime]$NotBefore; [datetime]$NotAfter; [object[]]$Extensions = @(); [bool]$HasPrivateKey = $true }
$script:Signed = 0
function Get-RegistryData($Key, $Name) { @{ type = 'binary'; data = 'BOUND' } }
function Get-KeyProvider($Certificate) { @{ container = 'c'; provider = 'p'; type = 1; machine = $true } }
function Find-KeyFile($Container) { 'key' }
function Get-MachineKeysPath { $Folder }
function Open-ForReading($Path) { [MemoryStream]::new() }
function Assert-KeySigns($Certificate) { $script:Signed += 1 }
foreach ($row in @('Remote Desktop', 'A', 'CN=x'), @('My', 'B', 'CN=x'), @('My', 'BOUND', 'CN=x'), @('My', 'C', 'DC=Windows Azure CRP Certificate Generator')) {
    $one = [Odd]@{ Thumbprint = $row[1]; Issuer = $row[2]; NotBefore = [datetime]::UtcNow; NotAfter = [datetime]::UtcNow }
    $facts = Get-CertificateFacts $one $row[0]
    "$($facts.thumbprint) $($facts.keyAlgorithm) $($facts.keySize) usable $($facts.key.usable), signed $script:Signed"
}
function Open-ForReading($Path) { throw [System.UnauthorizedAccessException]::new('denied') }
$key = (Get-CertificateFacts $one 'WebHosting').key
"$($key.usable) $($key.error)"
$one.Issuer = 'CN=x'
$key = (Get-CertificateFacts $one 'WebHosting').key
"$($key.usable) $($key.code)"`;
    expect(await runPwsh(["text.ps1", "windows/certificates.ps1"], body)).toEqual([
      "A other 0 usable True, signed 1",
      "B other 0 usable True, signed 1",
      "BOUND other 0 usable True, signed 2",
      "C other 0 usable True, signed 3",
      "True ",
      "False 0x80070005",
    ]);
  });

  test("a value of an odd type is told by its type, and what was removed is looked at again", async () => {
    const body = `
class RegistryKey { static [object] OpenBaseKey($hive, $view) { return $null } }
class Opened { [object] GetValue($name, $none, $how) { return 7 } [string] GetValueKind($name) { return 'QWord' } [void] Dispose() { } }
$LocalMachine = [pscustomobject]@{}
Add-Member -InputObject $LocalMachine -MemberType ScriptMethod -Name OpenSubKey -Value { [Opened]::new() }
ConvertTo-JsonText (Get-RegistryData -Key 'k' -Name 'n')
function Get-ResourceState { 'still here' }
function Set-ResourceState { }
try { Invoke-Operation @{ kind = 'resource'; resource = @{ kind = 'certificate'; thumbprint = 'AB' }; from = 'x'; to = $null } } catch { "$_" }
Invoke-Operation @{ kind = 'resource'; resource = @{ kind = 'certificate'; thumbprint = 'AB' }; from = 'x'; to = 'y' }`;
    const registry = ["text.ps1", "json.ps1", "compare.ps1", "resources.ps1", "operations.ps1"];
    expect(await runPwsh([...registry, "windows/registry.ps1"], body)).toEqual([
      '{"data":"QWord","type":"other"}',
      "The certificate AB was removed, and is there still.",
    ]);
  });
});
