# Taking work back, newest first: for an undo, for a step that failed, and for one that was interrupted.

# Takes back these entries of a journal. Answers a receipt for each change, the conflicts that were left alone, and what
# failed; without KeepGoing the first failure is thrown. What failed or is left alone stays in the journal as standing,
# so that a later undo can try again. ServicesAfter: the states that the services had at the end of the work.
function Undo-Entries($Journal, $Entries, $Force, $ServicesAfter, [switch]$KeepGoing) {
    $result = @{ receipts = [ordered]@{}; conflicts = @(); failures = @(); keepGoing = [bool]$KeepGoing; force = $Force }
    $newestFirst = @($Entries)
    [array]::Reverse($newestFirst)
    $restarts = @($newestFirst | Where-Object { $_.operation.kind -eq 'stop-services' })
    # Settings that forbid a service to start come back last: one that ran in spite of them could not be started again.
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

# TermService must not use what is swapped. SessionEnv stays as it runs: its start would renew the very certificate that
# is put back here. Where the work itself had stopped it, it starts before anything is put back, so that what it
# renews is taken back as well.
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

# Whether an entry took a weakening back.
function Test-Restoring($Entry) {
    return $Entry.label.kind -eq 'weaken-registry-value' -and $null -ne $Entry.rollsBack
}

function New-EntryId($Entry) {
    return @{ run = $Entry.run; step = $Entry.step; seq = $Entry.seq; rollsBack = $Entry.rollsBack }
}

# Takes back what a step did that failed or was interrupted, as a part of that step. Without a failure and a conflict
# the step ends with that. What was weakened and is restored stays so, whatever becomes of the undo that restored it.
function Undo-Step($Journal, $Step, $Force) {
    $former = Read-Journal $Journal.run
    $own = $Journal.Clone()
    $own.step = $Step
    $own.seq = [long]$former.seqs[$Step]
    $taken = Undo-Entries $own @($former.entries | Where-Object { $_.step -eq $Step -and -not (Test-Restoring $_) }) $Force -KeepGoing
    if ($taken.failures.Count -eq 0 -and $taken.conflicts.Count -eq 0) { Close-Journal $own }
    return $taken
}
