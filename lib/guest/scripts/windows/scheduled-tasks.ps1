# The task that restores a weakened value by itself, whatever becomes of the service: one for each value, in the root
# folder of the tasks, because one of ours could have been made by anybody before.

# What the task does, after $name, $weakened and $former are set. The value is written first: whatever the restart of
# TermService comes to, the VM is not left weakened. The task goes when TermService runs again; until then it tries once more every few minutes. No sign in it
# means anything to a command line or to XML.
$RestoreCommand = '$ErrorActionPreference=''Stop'';$key=''HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp'';' +
    'if((Get-Item -Path $key).GetValue($name) -eq $weakened){' +
    'if($null -eq $former){Remove-ItemProperty -Path $key -Name $name}else{Set-ItemProperty -Path $key -Name $name -Value $former};' +
    'Stop-Service -Name TermService -Force};' +
    'Start-Service -Name @(''TermService'',''UmRdpService'') -ErrorAction SilentlyContinue;' +
    'if((Get-Service -Name TermService).Status -eq ''Running''){Unregister-ScheduledTask -TaskName RdpRemediation-$name -TaskPath \ -Confirm:$false}'

# From its time on, every five minutes, and at once when the VM was off then.
$RestoreTask = '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">' +
    '<RegistrationInfo><Description>RDP Remediation: restores a setting of Remote Desktop that was weakened for a limited time.</Description></RegistrationInfo>' +
    '<Triggers><TimeTrigger><Repetition><Interval>PT5M</Interval></Repetition><StartBoundary>{0}</StartBoundary></TimeTrigger></Triggers>' +
    '<Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>' +
    '<Settings><StartWhenAvailable>true</StartWhenAvailable><DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries><StopIfGoingOnBatteries>false</StopIfGoingOnBatteries><ExecutionTimeLimit>PT4M</ExecutionTimeLimit></Settings>' +
    '<Actions Context="Author"><Exec><Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command><Arguments>{1}</Arguments></Exec></Actions></Task>'

# All that varies is one of two names and two numbers.
function Get-RestoreArguments($Value, $Weakened, $Former) {
    if (@('UserAuthentication', 'SecurityLayer') -cnotcontains $Value) { throw "No task restores '$Value'." }
    $was = if ($null -eq $Former) { '$null' } else { [int]$Former }
    return "-NoProfile -NonInteractive -Command `$name='$Value';`$weakened=$([int]$Weakened);`$former=$was;$RestoreCommand"
}

function Register-RestoreTask($Value, $Weakened, $Former, $Until) {
    # Sortable, in UTC and in whole seconds.
    $from = (ConvertFrom-UtcText $Until).UtcDateTime.ToString('s') + 'Z'
    $null = Register-ScheduledTask -TaskName "RdpRemediation-$Value" -TaskPath '\' -Xml ($RestoreTask -f $from, (Get-RestoreArguments $Value $Weakened $Former)) -ErrorAction Stop
}

# One that somebody changed is not what we registered: it is told without its numbers, and left alone.
function Get-RestoreTask($Value) {
    $task = Invoke-OnTask { Get-ScheduledTask -TaskName "RdpRemediation-$Value" -TaskPath '\' -ErrorAction Stop }
    if (-not $task) { return $null }
    $text = "$($task.Actions | ForEach-Object { $_.Arguments })"
    $from = "$($task.Triggers | ForEach-Object { $_.StartBoundary })" -as [datetimeoffset]
    if ($from -and $text -match '\$weakened=(\d);\$former=(\d|\$null);') {
        $weakened = [int]$Matches[1]
        $former = if ($Matches[2] -ne '$null') { [int]$Matches[2] }
        if ($text -ceq (Get-RestoreArguments $Value $weakened $former)) { return @{ weakened = $weakened; former = $former; until = ConvertTo-UtcText $from.UtcDateTime } }
    }
    return @{ weakened = $null; former = $null; until = "$from" }
}

# It may have done its work and be gone a moment ago.
function Unregister-RestoreTask($Value) {
    Invoke-OnTask { Unregister-ScheduledTask -TaskName "RdpRemediation-$Value" -TaskPath '\' -Confirm:$false -ErrorAction Stop }
}

function Invoke-OnTask($Work) {
    try {
        return & $Work
    } catch {
        # That there is no such task is an error here.
        if (-not (Test-NothingFound $_)) { throw }
    }
}
