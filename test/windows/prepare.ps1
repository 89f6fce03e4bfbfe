# Turns Remote Desktop on, as an Azure VM has it: GitHub's runners come without. Ends when the listener has a certificate.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$server = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server'
$null = New-ItemProperty -Path $server -Name 'fDenyTSConnections' -Value 0 -PropertyType DWord -Force
$null = New-ItemProperty -Path "$server\WinStations\RDP-Tcp" -Name 'SecurityLayer' -Value 2 -PropertyType DWord -Force
$null = New-ItemProperty -Path "$server\WinStations\RDP-Tcp" -Name 'UserAuthentication' -Value 1 -PropertyType DWord -Force
Enable-NetFirewallRule -Group '@FirewallAPI.dll,-28752'
Set-Service -Name 'TermService' -StartupType Manual
foreach ($service in 'SessionEnv', 'TermService', 'UmRdpService') { Start-Service -Name $service }

$until = [datetime]::UtcNow.AddSeconds(120)
while ($true) {
    $listening = @(Get-NetTCPConnection -LocalPort 3389 -State Listen -ErrorAction SilentlyContinue).Count -gt 0
    $certificates = @(Get-ChildItem -Path 'Cert:\LocalMachine\Remote Desktop' -ErrorAction SilentlyContinue).Count
    if ($listening -and $certificates -gt 0) { break }
    if ([datetime]::UtcNow -gt $until) { throw "Remote Desktop did not come up: listening $listening, certificates $certificates." }
    Start-Sleep -Seconds 2
}
