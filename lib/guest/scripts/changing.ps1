# What apply and undo need beyond looking.
. "$PSScriptRoot/same.ps1"
. "$PSScriptRoot/places.ps1"
. "$PSScriptRoot/deeds.ps1"
. "$PSScriptRoot/identity.ps1"
. "$PSScriptRoot/services.ps1"
. "$PSScriptRoot/journal.ps1"
. "$PSScriptRoot/take-back.ps1"
. "$PSScriptRoot/guards.ps1"
