# Runs a script as Run Command does: in a Windows PowerShell of its own, as SYSTEM, without a desktop. A scheduled task is the
# way to SYSTEM that Windows itself has.
param(
    [Parameter(Mandatory = $true)][string]$Script,
    [Parameter(Mandatory = $true)][string]$Output,
    [int]$TimeoutSeconds = 300
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$name = "rdp-guest-$([guid]::NewGuid().ToString('N'))"
$ended = "$Output.exit"
$powershell = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
# The exit code is written last: when its file is there, the rest is.
$command = "`"$powershell`" -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -File `"$Script`" > `"$Output`" 2> `"$Output.errors`" & echo !errorlevel!> `"$ended`""
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument "/d /v:on /s /c `"$command`""
$principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit (New-TimeSpan -Seconds $TimeoutSeconds)
$null = Register-ScheduledTask -TaskName $name -Action $action -Principal $principal -Settings $settings
try {
    Start-ScheduledTask -TaskName $name
    $until = [datetime]::UtcNow.AddSeconds($TimeoutSeconds)
    while (-not (Test-Path -LiteralPath $ended)) {
        if ([datetime]::UtcNow -gt $until) { throw "The script did not end within $TimeoutSeconds s." }
        Start-Sleep -Milliseconds 500
    }
} finally {
    Unregister-ScheduledTask -TaskName $name -Confirm:$false
}
