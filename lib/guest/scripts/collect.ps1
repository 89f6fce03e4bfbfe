# Looks at everything and writes nothing, not even a mark that it was here.
$RequestText = ''
. $PSScriptRoot/strict.ps1
. $PSScriptRoot/windows.ps1
. $PSScriptRoot/facts.ps1
. $PSScriptRoot/declared-values.ps1
. $PSScriptRoot/text.ps1
. $PSScriptRoot/json.ps1
. $PSScriptRoot/request.ps1
. $PSScriptRoot/reply.ps1
. $PSScriptRoot/evidence.ps1
. $PSScriptRoot/evidence-certificate.ps1
. $PSScriptRoot/evidence-keys.ps1

function Invoke-Collect {
    param($Request)
    if (Test-Expired $Request) { return New-Reply $Request 'expired' "This request was good until $($Request.notAfter)." }
    return New-Reply $Request 'done' -Evidence (Get-Evidence)
}

Write-Output -InputObject (Format-Reply (Invoke-Collect (Read-Request $RequestText)))
