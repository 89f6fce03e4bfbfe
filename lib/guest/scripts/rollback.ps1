# Rollback of work, newest first: for an undo, for a step that failed, and for one that was interrupted.

# Rolls back these entries of a journal. Returns a receipt for each change, the conflicts that were left alone, and what
# failed; without KeepGoing the first failure is thrown. Entries that failed or were left alone stay in effect in the
# journal, so that a later undo can try again. ServicesAfter: the states of the services at the end of the work.
function Undo-Entries($Journal, $Entries, $Force, $ServicesAfter, [switch]$KeepGoing) {
    $result = @{ receipts = [ordered]@{}; conflicts = @(); failures = @(); keepGoing = [bool]$KeepGoing; force = $Force }
    $newestFirst = @($Entries)
    [array]::Reverse($newestFirst)
    $restarts = @($newestFirst | Where-Object { $_.operation.kind -eq 'stop-services' })
    # Settings that forbid a service's start are restored last: with them, a service that ran in spite of them could not
    # be started again.
    $forbidding = @($newestFirst | Where-Object { $_.operation.kind -eq 'resource' -and $_.operation.resource.kind -eq 'service-setting' -and -not (Test-Startable $_.operation.resource.service $_.operation.from) })
    $others = @($newestFirst | Where-Object { $restarts -notcontains $_ -and $forbidding -notcontains $_ })
    $present = Get-ServiceStates
    if ($restarts.Count -gt 0 -and $others.Count -gt 0) { Invoke-Attempt $result { Suspend-RdpServices $Journal $restarts[-1] } }
    foreach ($entry in $others) { Invoke-Attempt $result { Undo-Entry $Journal $entry $result } }
    if ($restarts.Count -gt 0) {
        Invoke-Attempt $result {
            Restore-ServiceStates $restarts[-1].operation.before $ServicesAfter $present
            foreach ($entry in $restarts) { Undo-Entry $Journal $entry $result }
        }
    }
    foreach ($entry in $forbidding) { Invoke-Attempt $result { Undo-Entry $Journal $entry $result } }
    $result.receipts = @($result.receipts.get_Values())
    return $result
}

function Invoke-Attempt($Result, $Work) {
    try {
        $null = & $Work
    } catch {
        if (-not $Result.keepGoing) { throw }
        $Result.failures += Get-FailureText $_
    }
}

# TermService must not use files that are being replaced. SessionEnv keeps running: its start would renew the very
# certificate that is restored here. When the work itself had stopped it, it starts before anything is restored, so that
# its renewal is rolled back as well.
function Suspend-RdpServices($Journal, $Restart) {
    Invoke-Journaled $Journal $Restart.label (New-StopServices @('UmRdpService', 'TermService')) (New-EntryId $Restart)
    if ($Restart.operation.before['SessionEnv'] -ne 'Running' -or (Get-ServiceStates)['SessionEnv'] -eq 'Running') { return }
    $kept = New-RdpCertificateBackup $Journal
    Invoke-Journaled $Journal $Restart.label $kept (New-EntryId $Restart)
    Start-RdpService -Name 'SessionEnv' -TimeoutSeconds $WaitSeconds
    Wait-Seconds $RenewalSeconds
    Invoke-Journaled $Journal $Restart.label @(Get-RdpCertificateInverse $kept $Journal) (New-EntryId $Restart)
}

function Undo-Entry($Journal, $Entry, $Result) {
    $back = Get-InverseOperation $Entry.operation $Journal
    if ($back.conflict -and -not ($Result.force -and $back.operations.Count -gt 0)) {
        $Result.conflicts += "$($back.conflict) It was left alone."
        return
    }
    $label = $Entry.label
    $key = "$($Entry.step) $($label.kind) $($label.target)"
    if (-not $Result.receipts.Contains($key)) { $Result.receipts[$key] = New-Receipt $label $false }
    Invoke-Journaled $Journal $label $back.operations (New-EntryId $Entry)
    if ($back.operations.Count -gt 0 -or $Entry.operation.kind -eq 'stop-services') { $Result.receipts[$key].changed = $true }
    Write-JournalMark $Journal $Entry 'undone'
}

# Whether an entry rolled a weakening back.
function Test-Restoring($Entry) {
    return $Entry.label.kind -eq 'weaken-registry-value' -and $null -ne $Entry.rollsBack
}

function New-EntryId($Entry) {
    return @{ run = $Entry.run; step = $Entry.step; seq = $Entry.seq; rollsBack = $Entry.rollsBack }
}

# Rolls back a failed or interrupted step, as a part of that step. Without a failure and a conflict the step ends with
# that. A weakening that was restored stays restored, whatever happens to the undo that restored it.
function Undo-Step($Journal, $Step, $Force) {
    $former = Read-Journal $Journal.run
    $own = $Journal.Clone()
    $own.step = $Step
    $own.seq = [long]$former.seqs[$Step]
    $undone = Undo-Entries $own @($former.entries | Where-Object { $_.step -eq $Step -and -not (Test-Restoring $_) }) $Force -KeepGoing
    if ($undone.failures.Count -eq 0 -and $undone.conflicts.Count -eq 0) { Close-Journal $own }
    return $undone
}
