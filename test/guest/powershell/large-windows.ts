/*
 * A Windows with very many files or rules, for what looks at them: data, and stand-ins for the commands of Windows that
 * need it. The files are real ones, in a folder below $Folder.
 */

export const keysScripts = ["text.ps1", "constants.ps1", "windows/files.ps1", "keys.ps1"];

/** Makes as many files as the input says, and lets Get-OtherKeys look at them. Permissions are not asked here. */
export const keysStandIns = `
$given = [File]::ReadAllText("$Folder/input.json") | ConvertFrom-Json -AsHashtable
$keys = [Directory]::CreateDirectory("$Folder/keys").FullName
for ($at = 0; $at -lt $given.files; $at++) { [File]::Create("$keys/$($at.ToString('x32'))_1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed").Dispose() }
function Get-MachineKeysPath { $keys }
function Test-Guid($Text) { $true }
function Get-FileFacts($Path) { @{ folder = $true } }
function Get-MachineGuid { '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed' }
`;

export const firewallScripts = ["text.ps1", "constants.ps1", "windows/firewall.ps1", "windows/firewall-startup.ps1"];

/**
 * As many rules as the input says, of which a hundredth is about the port. Each answer is one command, as in Windows;
 * $Calls counts them.
 */
export const firewallStandIns = `
$given = [File]::ReadAllText("$Folder/input.json") | ConvertFrom-Json -AsHashtable
$Calls = 0
function New-Answer($Fields) { $script:Calls += 1; $Fields }
$parts = @(for ($at = 0; $at -lt $given.rules; $at++) {
    $port = if ($at % 100 -eq 0) { '3389' } else { "$(10000 + $at % 50000)" }
    [pscustomobject]@{ InstanceID = "rule $at"; Name = "rule $at"; RuleGroup = $null; Enabled = 'True'; Action = 'Allow'; Profile = 'Any'; PolicyStoreSourceType = 'Local'; Protocol = 'TCP'; LocalPort = $port; RemoteAddress = '203.0.113.7'; Program = 'Any'; Package = $null; Service = 'Any' }
})
function Find-Service($Condition) { [pscustomobject]@{ Name = 'MpsSvc'; DisplayName = 'Windows Defender Firewall'; State = 'Running'; StartMode = 'Auto' } }
function Get-NetConnectionProfile($ErrorAction) { [pscustomobject]@{ NetworkCategory = 'Public' } }
function Get-NetFirewallProfile($PolicyStore, $ErrorAction) {}
function Get-RegistryData($Key, $Name) { $null }
function Get-ValueNames($Key) {}
function Get-NetFirewallRule($PolicyStore, $Direction, $ErrorAction) { New-Answer $parts }
function Get-NetFirewallPortFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) { New-Answer $parts }
function Get-NetFirewallApplicationFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) { New-Answer $parts }
function Get-NetFirewallServiceFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) { New-Answer $parts }
function Get-NetFirewallAddressFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) { New-Answer $parts }
`;
