# Makes the changes of the request: all of them, or none.
$RequestText = ''
. "$PSScriptRoot/strict.ps1"
. "$PSScriptRoot/windows.ps1"
. "$PSScriptRoot/read.ps1"
. "$PSScriptRoot/write.ps1"
. "$PSScriptRoot/allowed-changes.ps1"
. "$PSScriptRoot/allow-list.ps1"
. "$PSScriptRoot/plan.ps1"
. "$PSScriptRoot/invariants.ps1"

function Invoke-Apply($Request, $Journal) {
    try {
        $items = @(New-Plan $Journal @($Request['changes']))
        $working = @(Get-Invariants)
    } catch {
        return New-Reply $Request 'refused' (Get-FailureText $_)
    }
    try {
        Invoke-Plan $Journal $items
        Assert-Invariants $working
        Close-Journal $Journal
    } catch {
        return Undo-Failure $Request $Journal $_
    }
    return New-Reply $Request 'done' -Receipts @(foreach ($item in $items) { New-Receipt $item.label $item.needed $item.note })
}

# Every change with its label, and whether there is anything to do for it. Throws the objection that lets none of them
# be made: all are held against the allow-list before the VM is held against any, and that before anything is touched.
function New-Plan($Journal, $Changes) {
    $items = @(foreach ($change in $Changes) {
        Assert-Allowed $change
        @{ change = $change; label = @{ kind = $change.kind; target = Get-ChangeTarget $change }; needed = $true; note = $null }
    })
    $twice = @($items | Group-Object -Property { $_.label.target } | Where-Object { $_.Count -gt 1 })
    if ($twice.Count -gt 0) { throw "Two changes are about $($twice[0].Name)." }
    # Changes that this run has made and that were not rolled back are not made again; a restart only for something new.
    $done = @((Read-Journal $Journal.run).entries | Where-Object { -not $_.interrupted } | ForEach-Object { "$($_.label.kind) $($_.label.target)" })
    foreach ($item in $items | Sort-Object -Property { Test-Restart $_ }) {
        $item.needed = $done -notcontains "$($item.label.kind) $($item.label.target)"
        if (Test-Restart $item) { $item.needed = @($items | Where-Object { $_.needed }).Count -gt 0 }
        if (-not $item.needed) { continue }
        $operations = @(Get-Operations $item.change $Journal)
        $item.needed = $operations.Count -gt 0 -or (Test-Restart $item)
        if (Test-Restart $item) { Assert-Restartable $Changes }
    }
    return $items
}

# A restart surrounds all other changes, so that no key is replaced under a running service.
function Invoke-Plan($Journal, $Items) {
    $needed = @($Items | Where-Object { $_.needed })
    $restart = $needed | Where-Object { Test-Restart $_ } | Select-Object -First 1
    $before = Get-ServiceStates
    $listened = $restart -and (Wait-RdpListener -Port (Get-RdpPort) -TimeoutSeconds 0)
    if ($restart) { Invoke-Journaled $Journal $restart.label (New-StopServices @('UmRdpService', 'TermService', 'SessionEnv')) }
    # Whichever change is being made when it fails is told in the reply.
    foreach ($item in @($needed | Where-Object { -not (Test-Restart $_) })) {
        $Journal['making'] = $item.label
        # Made from the present once more: the changes before it may have done its work.
        $operations = @(Get-Operations $item.change $Journal)
        Invoke-Journaled $Journal $item.label $operations
        foreach ($operation in $operations) { $item.note = $operation['note'] }
    }
    $kinds = @($needed | ForEach-Object { $_.label.kind })
    if ($restart -or @($kinds | Where-Object { $_ -in $RenewingKinds }).Count -gt 0) { Invoke-Journaled $Journal $needed[-1].label (New-RdpCertificateBackup $Journal) }
    $Journal['making'] = if ($restart) { $restart.label } else { $null }
    if (-not $restart) { return }
    $names = @('SessionEnv', 'TermService') + @($RdpServices | Where-Object { $before[$_] -eq 'Running' })
    if (-not (Start-RdpServices $names) -and $listened) { throw 'Remote Desktop listened before the restart, and does not any more.' }
    # Windows must replace a removed certificate; without that the VM is worse off than before.
    if ($kinds -contains 'remove-rdp-certificate' -and -not (Get-DeclaredData 'rdp-tcp/SSLCertificateSHA1Hash')) { Wait-SelfSigned }
    $Journal['making'] = $null
}

function Wait-SelfSigned {
    for ($look = 0; -not (Test-SelfSignedReady); $look += 1) {
        if ($look -eq 30) { throw 'Windows made no new certificate for Remote Desktop.' }
        Wait-Seconds 2
    }
}

Format-Reply (Invoke-Step (Read-Request $RequestText) { param($Request, $Journal) Invoke-Apply $Request $Journal })
