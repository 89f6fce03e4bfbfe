# Reads everything and writes nothing, not even a marker.
$RequestText = ''
. "$PSScriptRoot/strict.ps1"
. "$PSScriptRoot/windows-read.ps1"
. "$PSScriptRoot/read.ps1"

$Request = Read-Request $RequestText
if (Test-Expired $Request) {
    Format-Reply (New-ExpiredReply $Request)
} else {
    Format-Reply (New-Reply $Request 'done')
}
