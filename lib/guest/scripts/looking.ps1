# What every script needs: to read a request, to look at Windows, and to reply.
. $PSScriptRoot/strict.ps1
. $PSScriptRoot/windows.ps1
. $PSScriptRoot/facts.ps1
. $PSScriptRoot/declared-values.ps1
. $PSScriptRoot/text.ps1
. $PSScriptRoot/json.ps1
. $PSScriptRoot/request.ps1
. $PSScriptRoot/reply.ps1
. $PSScriptRoot/evidence.ps1
. $PSScriptRoot/certificate.ps1
. $PSScriptRoot/keys.ps1
