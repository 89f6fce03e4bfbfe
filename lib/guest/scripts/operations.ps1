# The few things that are ever done to Windows. Every change is made of them, and each knows its way back:
#   Do      does it
#   Undo    looks at the present and answers what it takes to have the state before again: operations, none when it
#           is so already, and a conflict, one sentence, when somebody changed since what the operation had made
# An operation is plain data, so that the journal can hold it.
$OperationKinds = @{}

function New-WayBack {
    param([object[]]$Operations = @(), [string]$Conflict)
    return @{ operations = @($Operations); conflict = $Conflict }
}

. $PSScriptRoot/operations/registry-value.ps1
. $PSScriptRoot/operations/file-security.ps1
. $PSScriptRoot/operations/move-file.ps1
. $PSScriptRoot/operations/replace-folder.ps1
. $PSScriptRoot/operations/certificate.ps1
. $PSScriptRoot/operations/rdp-identity.ps1
. $PSScriptRoot/operations/service-setting.ps1
. $PSScriptRoot/operations/firewall.ps1
. $PSScriptRoot/operations/stop-services.ps1
