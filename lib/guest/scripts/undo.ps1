# Rolls back a run, by the journal that it left in this VM. The undo is journaled itself, so that it can be undone.
$RequestText = ''
. "$PSScriptRoot/strict.ps1"
. "$PSScriptRoot/windows.ps1"
. "$PSScriptRoot/read.ps1"
. "$PSScriptRoot/write.ps1"

function Invoke-Undo($Request, $Journal, $Recovered) {
    $undoes = $Request['undoes']
    if (-not $undoes) { return New-Reply $Request 'refused' 'The request names no run to undo.' }
    try { $former = Read-Journal $undoes } catch { return New-Reply $Request 'refused' (Get-FailureText $_) }
    if ($former.seqs.Count -eq 0) {
        $untrusted = Get-UntrustedJournal $undoes
        if ($untrusted) { return New-Reply $Request 'journal-unusable' "This VM has no journal of the run $undoes that can be trusted: $untrusted, where earlier versions kept it, is not a folder for SYSTEM and Administrators alone. Find out who made it or changed its permissions. Nothing was rolled back." }
        return New-Reply $Request 'refused' "This VM has no journal of the run $undoes."
    }
    # A rollback of this run's own steps is no work that can be undone.
    $work = @($former.entries | Where-Object { ($null -eq $_.rollsBack -or $_.rollsBack.run -ne $undoes) -and [long]($_.step -split '-')[1] -gt [long]$Request['afterStep'] })
    $receipts = @(if ($Recovered) { $Recovered.receipts })
    if ($work.Count -eq 0 -and $receipts.Count -eq 0) { return New-Reply $Request 'refused' "Nothing of what the run $undoes did is in effect any more." }
    # No undo weakens the VM, even with force.
    $restored = @($work | Where-Object { Test-Restoring $_ })
    $work = @($work | Where-Object { -not (Test-Restoring $_) })
    $conflicts = @($restored | ForEach-Object { $_.label.target } | Sort-Object -Unique | ForEach-Object { "$_ was weakened once. No undo weakens it again." })
    foreach ($id in $former.lost) { $conflicts += "A line of the journal of the run $undoes is damaged. Its operation $id may still be in effect." }
    if ($restored.Count -gt 0 -and @($work | Where-Object { -not (Test-Restart $_) }).Count -eq 0) { return New-Reply $Request 'refused' "$($conflicts -join ' ') Ask for it anew." }
    try { Assert-AllowedEntries $work } catch { return New-Reply $Request 'refused' (Get-FailureText $_) }
    if (Test-RestoredAlready $work $Journal) {
        foreach ($entry in $work) { Write-JournalMark $Journal $entry 'undone' }
        return New-Reply $Request 'done' '' @($work | Group-Object -Property { $_.label.target } | ForEach-Object { New-Receipt $_.Group[0].label $false 'The VM has restored it by itself.' })
    }
    try {
        $undone = Undo-Entries $Journal $work ([bool]$Request['force']) $former.services
        Close-Journal $Journal
    } catch {
        return Undo-Failure $Request $Journal $_
    }
    return New-Reply $Request 'done' '' ($receipts + $undone.receipts) ($conflicts + $undone.conflicts)
}

# Whether all of it was a weakening, and the VM's own task has restored it already: the task restarted the services, so
# sessions need not be interrupted again.
function Test-RestoredAlready($Work, $Journal) {
    $changes = @($Work | Where-Object { -not (Test-Restart $_) })
    return $changes.Count -gt 0 -and @($changes | Where-Object {
        $back = Get-InverseOperation $_.operation $Journal
        $_.label.kind -ne 'weaken-registry-value' -or $back.conflict -or $back.operations.Count -gt 0
    }).Count -eq 0
}

Format-Reply (Invoke-Step (Read-Request $RequestText) { param($Request, $Journal, $Recovered) Invoke-Undo $Request $Journal $Recovered })
