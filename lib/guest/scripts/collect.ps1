# Looks at everything and writes nothing, not even a mark that it was here.
$RequestText = ''
. "$PSScriptRoot/strict.ps1"
. "$PSScriptRoot/windows-looking.ps1"
. "$PSScriptRoot/looking.ps1"

$Request = Read-Request $RequestText
if (Test-Expired $Request) {
    Format-Reply (New-Reply $Request 'expired' "The request was good until $($Request.notAfter)." -WithoutEvidence)
} else {
    Format-Reply (New-Reply $Request 'done')
}
