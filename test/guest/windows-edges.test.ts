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

  test("TermService is told on the port where it listens, and on the configured one where that is not known", async () => {
    const body = `
$DefaultRdpPort = 3389
function Get-RdpPort { 33890 }
function Find-Service { [pscustomobject]@{ ProcessId = 8 } }
function Get-NetTCPConnection($State, $OwningProcess) { if ($OwningProcess -eq 8) { $script:Ports | ForEach-Object { [pscustomobject]@{ LocalPort = $_ } } } }
foreach ($ports in @(33890, 3389), @(3389, 49664), @(3390), @(49664, 49665), @()) { $script:Ports = $ports; "$(Get-ListeningPort)" }
function Get-NetTCPConnection { Write-Error -Message 'none' -Category ObjectNotFound -ErrorId 'CmdletizationQuery_NotFound_OwningProcess' -ErrorAction Stop }
"$(Get-ListeningPort)"
function Get-NetTCPConnection { throw 'WMI is broken.' }
"$(Get-ListeningPort)"
function Find-Service { [pscustomobject]@{ ProcessId = 0 } }
"$(Get-ListeningPort)"`;
    const files = ["text.ps1", "windows/system.ps1", "windows/listener.ps1", "evidence.ps1"];
    expect(await runPwsh(files, body)).toEqual(["33890", "3389", "3390", "33890", "33890", "33890", "33890", "33890"]);
  });

  test("what scanners and other services write by the thousand hides neither the events of the key nor those of TermService", async () => {
    const body = `
function Find-Service { [pscustomobject]@{ Name = 'TermService'; DisplayName = 'Remote Desktop Services' } }
function New-Event($Id, $Values, $MinutesAgo) {
    [pscustomobject]@{ Id = $Id; TimeCreated = [datetime]::Now.AddMinutes(-$MinutesAgo); Properties = @($Values | ForEach-Object { [pscustomobject]@{ Value = $_ } }) }
}
$scanners = @(1..1200 | ForEach-Object { New-Event 36874 @('TLS 1.2') 1; New-Event 36871 @('client', 10013) 1; New-Event 36887 @(40) 1 })
$dying = @(1..1200 | ForEach-Object { New-Event 7024 @('Windows Defender Firewall', '%%13') 1; New-Event 7031 @('Windows Defender Firewall') 1 })
$log = @{ Schannel = $scanners + @(New-Event 36870 @('server', 2148074253, 10001) 60); 'Service Control Manager' = $dying + @(New-Event 7023 @('Remote Desktop Services', '%%126') 60) }
# The newest of those that were asked for, as many as were asked for.
function Get-WinEvent($FilterHashtable, $MaxEvents) {
    if ($log.ContainsKey($FilterHashtable.ProviderName)) { $log[$FilterHashtable.ProviderName] | Where-Object { $FilterHashtable.Id -contains $_.Id } | Select-Object -First $MaxEvents }
}
Get-EventCounts 24 | Where-Object { $_.id -in 36870, 7023 } | ForEach-Object { "$($_.id) $($_.status) x$($_.count)" }`;
    expect(await runPwsh(["text.ps1", "windows/events.ps1"], body)).toEqual([
      "36870 server 0x8009030D 10001 x1",
      "7023 TermService 126 x1",
    ]);
  });

  test("the file of the RDP key has a name without WMI", async () => {
    const body = `
$RdpKeyPrefix = 'f686aace_'
function Get-CimInstance { throw 'WMI is broken.' }
function Get-RegistryData($Key, $Name) { @{ type = 'string'; data = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed' } }
Get-RdpKeyName`;
    expect(await runPwsh(["text.ps1", "windows/system.ps1", "request.ps1", "keys.ps1"], body)).toEqual([
      "f686aace_1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    ]);
  });

  test("a rename is tried again while something holds the file, and any other failure is told at once", async () => {
    const body = `
$script:Fails = 0
$script:Code = 0
$script:Tries = 0
function Start-Sleep { }
# In place of Windows' own function.
class StandIn {
    static [bool]MoveFileExW($path, $newPath, $flags) {
        $script:Tries += 1
        if ($flags -ne 0) { throw 'A flag allows a copy.' }
        if ($script:Tries -gt $script:Fails) { [File]::Move($path, $newPath); return $true }
        [Marshal]::SetLastPInvokeError($script:Code)
        return $false
    }
}
function Get-Native { [StandIn] }
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
    const registry = ["text.ps1", "json.ps1", "compare.ps1", "resource-fields.ps1", "resources.ps1", "operations.ps1"];
    expect(await runPwsh([...registry, "windows/registry.ps1"], body)).toEqual([
      '{"data":"QWord","type":"other"}',
      "The certificate AB was removed, and is there still.",
    ]);
  });

  test("a computer whose name WMI does not tell has the name that .NET tells, and an evaluation says so; sessions without a user are not counted", async () => {
    const body = `
function Get-MachineGuid { 'guid' }
function Get-SubKeyNames { }
$edition = 'ServerStandard'
function Get-RegistryData($Key, $Name) { if ($Name -eq 'EditionID') { return @{ type = 'string'; data = $edition } } }
function Get-CimInstance($ClassName) {
    if ($ClassName -eq 'Win32_ComputerSystem') { return @{ PartOfDomain = $false; DNSHostName = $null } }
    return @{ BuildNumber = '20348'; ProductType = 3; LastBootUpTime = [datetime]::UtcNow; SystemDrive = '/' }
}
$named = (Get-WindowsSystem).computerName
"$($named -ceq [System.Environment]::MachineName)"
"$((Get-WindowsSystem).ContainsKey('evaluation'))"
$edition = 'ServerStandardEval'
"$((Get-WindowsSystem).evaluation)"
class Sessions {
    static [bool] WTSEnumerateSessionsExW([intptr]$server, [ref]$level, [int]$filter, [ref]$list, [ref]$count) {
        # State, and the user's text: a name, an empty text, none.
        $rows = @(@(0, 'somebody'), @(4, 'somebody else'), @(4, ''), @(0, $null))
        $size = 16 + 5 * [intptr]::Size
        $memory = [System.Runtime.InteropServices.Marshal]::AllocHGlobal($rows.Count * $size)
        for ($at = 0; $at -lt $rows.Count; $at += 1) {
            $row = [intptr]::Add($memory, $at * $size)
            [System.Runtime.InteropServices.Marshal]::WriteInt32($row, 4, $rows[$at][0])
            $text = if ($null -eq $rows[$at][1]) { [intptr]::Zero } else { [System.Runtime.InteropServices.Marshal]::StringToHGlobalUni($rows[$at][1]) }
            [System.Runtime.InteropServices.Marshal]::WriteIntPtr($row, 16 + 2 * [intptr]::Size, $text)
        }
        $list.Value = $memory
        $count.Value = $rows.Count
        return $true
    }
    static [bool] WTSFreeMemoryExW([int]$type, [intptr]$list, [int]$count) { return $true }
}
function Get-Native { [Sessions] }
ConvertTo-JsonText (Get-SessionCounts)`;
    const native = ["text.ps1", "json.ps1", "windows/native.ps1", "windows/system.ps1"];
    expect(await runPwsh(native, body)).toEqual(["True", "False", "True", '{"active":1,"disconnected":1}']);
  });

  test("under FIPS the file of the RDP key is known without its hash, and that of another key is what CryptoAPI tells", async () => {
    const body = `
$RdpKeyPrefix = 'f686aace6942fb7f7ceb231212eef4a4_'
function Get-MachineGuid { 'guid' }
class MD5CryptoServiceProvider { MD5CryptoServiceProvider() { throw 'This implementation is not part of the FIPS validated algorithms.' } }
class CspParameters { [object]$Flags; CspParameters($type, $provider, $container) { $this.Container = $container } [string]$Container }
class CspKeyContainerInfo { [string]$UniqueKeyContainerName
    CspKeyContainerInfo($wanted) { if ($wanted.Container -eq 'gone') { throw 'Keyset does not exist' }; $this.UniqueKeyContainerName = "file of $($wanted.Container)" } }
foreach ($container in 'TSSecKeySet1', 'web', 'gone') { "$(Get-KeyFileName $container)." }`;
    expect(await runPwsh(["text.ps1", "windows/certificates.ps1"], body)).toEqual([
      "f686aace6942fb7f7ceb231212eef4a4_guid.",
      "file of web.",
      ".",
    ]);
  });

  test("no event is found where none matches, and where this Windows lacks the provider; any other error is told", async () => {
    const body = `
$failure = ''
function Get-WinEvent($FilterHashtable, $MaxEvents) {
    throw [System.Management.Automation.ErrorRecord]::new([System.Exception]::new('Failed.'), "$failure,Microsoft.PowerShell.Commands.GetWinEventCommand", 'ObjectNotFound', $null)
}
foreach ($failure in 'NoMatchingEventsFound', 'NoMatchingProvidersFound', 'LogsAndProvidersDontOverlap', 'AccessDenied') {
    try { "$failure $(@(Read-Events @{ Source = 'LsaSrv'; Ids = 6167 } ([datetime]::Now)).Count)" } catch { "$failure $($_.Exception.Message)" }
}`;
    expect(await runPwsh(["windows/events.ps1"], body)).toEqual([
      "NoMatchingEventsFound 0",
      "NoMatchingProvidersFound 0",
      "LogsAndProvidersDontOverlap 0",
      "AccessDenied Failed.",
    ]);
  });

  test("the users of all certificates are read once", async () => {
    const body = `
$script:Reads = 0
function Get-SubKeyNames($Key) { $script:Reads += 1; if ($Key -like '*SslBindingInfo') { '0.0.0.0:443', '0.0.0.0:444' } }
function Get-RegistryData($Key, $Name) { @{ type = 'binary'; data = if ($Key -like '*:443') { 'ab cd' } else { 'EF' } } }
function Open-Store { $store = [pscustomobject]@{ Certificates = @(@{ Thumbprint = 'EF' }) }; Add-Member -InputObject $store -MemberType ScriptMethod -Name Close -Value { }; $store }
function Test-AgentCertificate { $true }
foreach ($thumbprint in 'ABCD', 'EF', '00') { "$thumbprint $(@(Get-CertificateUsers $thumbprint) -join ', ')" }
$reads = $script:Reads
$null = Get-CertificateUsers 'EF'
"$($script:Reads -eq $reads)"`;
    expect(await runPwsh(["windows/certificate-users.ps1"], body)).toEqual([
      "ABCD http.sys 0.0.0.0:443",
      "EF http.sys 0.0.0.0:444, Azure agent",
      "00 ",
      "True",
    ]);
  });

  test("a missing access part is not an empty one, and a deny entry in front is not one behind", async () => {
    const body = `
function Show($Left, $Right) { "$(Compare-State @{ owner = 'o'; sddl = $Left } @{ owner = 'o'; sddl = $Right })" }
Show 'D:NO_ACCESS_CONTROL' 'D:'
Show 'D:P(D;;FR;;;NS)(A;;FA;;;SY)' 'D:P(A;;FA;;;SY)(D;;FR;;;NS)'
Show 'D:P(A;;FA;;;SY)(A;;FR;;;NS)' 'D:PAI(A;;FR;;;NS)(A;;FA;;;SY)'
Show 'D:(A;;FA;;;SY)(A;ID;FR;;;NS)' 'D:(A;ID;FR;;;NS)(A;;FA;;;SY)'`;
    expect(await runPwsh(["text.ps1", "json.ps1", "compare.ps1"], body)).toEqual(["False", "False", "True", "False"]);
  });
});
