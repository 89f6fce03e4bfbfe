# Runs one script as Run Command does, and keeps all that it printed, whatever the stream: the console of Wine wraps lines.
param($Script, $Output, $Failure, $StandIns)
$ErrorActionPreference = 'Stop'
try {
    if ($StandIns) { . $StandIns }
    $printed = @(& $Script *>&1 | ForEach-Object { "$_" })
    [System.IO.File]::WriteAllLines($Output, [string[]]$printed)
} catch {
    [System.IO.File]::WriteAllText($Failure, "$_`n$($_.ScriptStackTrace)`n$($_.Exception.GetBaseException())")
}
