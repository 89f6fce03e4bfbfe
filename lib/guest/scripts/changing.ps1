# What apply and undo have in common, in one list for both.
. $PSScriptRoot/strict.ps1
. $PSScriptRoot/windows.ps1
. $PSScriptRoot/facts.ps1
. $PSScriptRoot/declared-values.ps1
. $PSScriptRoot/text.ps1
. $PSScriptRoot/json.ps1
. $PSScriptRoot/compare.ps1
. $PSScriptRoot/request.ps1
. $PSScriptRoot/reply.ps1
. $PSScriptRoot/evidence.ps1
. $PSScriptRoot/evidence-certificate.ps1
. $PSScriptRoot/evidence-keys.ps1
. $PSScriptRoot/journal.ps1
. $PSScriptRoot/services.ps1
. $PSScriptRoot/operations.ps1
. $PSScriptRoot/take-back.ps1
. $PSScriptRoot/guards.ps1
