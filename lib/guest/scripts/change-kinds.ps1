# The closed list of changes. Each kind answers, for a change of the request:
#   Target      what it is about, in one line; as changeTarget in lib/core/change.ts
#   Forbid      a sentence when the allow-list has no room for it, whatever the VM is like. The control plane cannot widen it
#   Differ      a sentence when the VM is no longer as the change says (was), unless it is already as it should become
#   Operations  what it takes, made from the present; none when it is already so
# A request is data from elsewhere: whatever it lacks is $null here, and fits nothing.
$ChangeKinds = @{}

. $PSScriptRoot/changes/registry-value.ps1
. $PSScriptRoot/changes/set-acl.ps1
. $PSScriptRoot/changes/rename-rdp-key.ps1
. $PSScriptRoot/changes/rename-machine-keys-folder.ps1
. $PSScriptRoot/changes/remove-rdp-certificate.ps1
. $PSScriptRoot/changes/configure-service.ps1
. $PSScriptRoot/changes/firewall.ps1
. $PSScriptRoot/changes/restart-rdp-services.ps1

# Every change with its label, and whether there is anything to do for it; or the objection that lets none of them be
# made. All are held against the allow-list before the VM is held against any, and that before anything is touched.
function New-Plan {
    param($Journal, [object[]]$Changes)
    $items = @()
    foreach ($change in $Changes) {
        $kind = $change['kind']
        if ($kind -isnot [string] -or -not $ChangeKinds.ContainsKey($kind)) { return New-Objection "This script knows no change of the kind '$kind'." }
        $forbidden = & $ChangeKinds[$kind].Forbid $change
        if ($forbidden) { return New-Objection $forbidden }
        $target = & $ChangeKinds[$kind].Target $change
        if (@($items | Where-Object -FilterScript { $_.label.target -eq $target }).Count -gt 0) { return New-Objection "Two changes are about $target." }
        $items += @{ change = $change; label = @{ kind = $kind; target = $target }; needed = $true }
    }
    # What this run has done already and nobody has taken back, it does not do again.
    $done = @((Read-Journal $Journal.run).standing | ForEach-Object -Process { "$($_.change.kind) $($_.change.target)" })
    foreach ($item in $items) {
        if ($item.label.kind -eq 'restart-rdp-services') { continue }
        if ($done -contains "$($item.label.kind) $($item.label.target)") { $item.needed = $false; continue }
        $differs = & $ChangeKinds[$item.label.kind].Differ $item.change
        if ($differs) { return New-Objection $differs }
        $item.needed = @(& $ChangeKinds[$item.label.kind].Operations $item.change $Journal).Count -gt 0
    }
    foreach ($item in $items) {
        if ($item.label.kind -ne 'restart-rdp-services') { continue }
        $others = @($items | Where-Object -FilterScript { $_.needed -and $_.label.kind -ne 'restart-rdp-services' })
        $item.needed = $others.Count -gt 0 -or $done -notcontains "$($item.label.kind) $($item.label.target)"
        if (-not $item.needed) { continue }
        $differs = & $ChangeKinds[$item.label.kind].Differ $item.change
        if ($differs) { return New-Objection $differs }
    }
    return @{ items = $items; objection = $null }
}

function New-Objection {
    param([string]$Objection)
    return @{ items = @(); objection = $Objection }
}
