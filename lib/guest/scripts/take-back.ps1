# Taking work back, newest first: for an undo, for a step that failed, and for one that was cut short.

# Takes back these entries of journals. Answers a receipt for each change, the conflicts that were left alone, and what
# failed; without KeepGoing the first failure is thrown. What failed or is left alone stays in the journal as standing,
# so that a later undo can try again. ServicesAfter: the states that the services had at the end of the work.
function Undo-Entries {
    param($Journal, [object[]]$Entries, [bool]$Force, [switch]$KeepGoing, $ServicesAfter)
    $result = @{ receipts = [ordered]@{}; conflicts = @(); failures = @(); keepGoing = [bool]$KeepGoing }
    $newestFirst = @($Entries)
    [array]::Reverse($newestFirst)
    $restarts = @($newestFirst | Where-Object -FilterScript { $_.operation.kind -eq 'stop-services' })
    # The settings of services come last: one that ran although it was disabled could not be started again.
    $settings = @($newestFirst | Where-Object -FilterScript { $_.operation.kind -eq 'service-setting' })
    $others = @($newestFirst | Where-Object -FilterScript { $_.operation.kind -notin 'stop-services', 'service-setting' })
    $present = Get-ServiceStates
    if ($restarts.Count -gt 0 -and $others.Count -gt 0) {
        Invoke-Attempt $result { Suspend-RdpServices $Journal $restarts[-1] }
    }
    foreach ($entry in $others) { Undo-Entry $Journal $entry $Force $result }
    $failuresBefore = $result.failures.Count
    if ($restarts.Count -gt 0) {
        Invoke-Attempt $result { Restore-ServiceStates $restarts[-1].operation.before $ServicesAfter $present }
    }
    foreach ($entry in $settings) { Undo-Entry $Journal $entry $Force $result }
    if ($result.failures.Count -eq $failuresBefore) {
        foreach ($entry in $restarts) { Undo-Entry $Journal $entry $Force $result }
    }
    $result.receipts = @($result.receipts.Values)
    return $result
}

function Invoke-Attempt {
    param($Result, [scriptblock]$Work)
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
function Suspend-RdpServices {
    param($Journal, $Restart)
    $id = New-EntryId $Restart
    Stop-RdpServices $Journal $Restart.change @('UmRdpService', 'TermService') $id
    $states = Get-ServiceStates
    if ($Restart.operation.before['SessionEnv'] -ne 'Running' -or $states['SessionEnv'] -eq 'Running') { return }
    $kept = New-KeepIdentityOperation $Journal
    Invoke-Operation $Journal $Restart.change $kept $id
    Start-RdpService -Name 'SessionEnv' -TimeoutSeconds $StartSeconds
    Wait-Seconds -Seconds $RenewalSeconds
    $wayBack = & $OperationKinds['keep-identity'].Undo $kept $Journal
    foreach ($operation in $wayBack.operations) { Invoke-Operation $Journal $Restart.change $operation $id }
}

function Undo-Entry {
    param($Journal, $Entry, [bool]$Force, $Result)
    $change = $Entry.change
    Invoke-Attempt $Result {
        $wayBack = & $OperationKinds[$Entry.operation.kind].Undo $Entry.operation $Journal
        if ($wayBack.conflict -and -not ($Force -and $wayBack.operations.Count -gt 0)) {
            $Result.conflicts += "$($wayBack.conflict) It was left alone."
            return
        }
        $key = "$($Entry.step) $($change.kind) $($change.target)"
        if (-not $Result.receipts.Contains($key)) { $Result.receipts[$key] = New-Receipt $change.kind $change.target $false }
        foreach ($operation in $wayBack.operations) {
            Invoke-Operation $Journal $change $operation (New-EntryId $Entry)
            $Result.receipts[$key].changed = $true
        }
        if ($Entry.operation.kind -eq 'stop-services') { $Result.receipts[$key].changed = $true }
        Write-JournalMark $Journal $Entry 'undone'
    }
}

function New-EntryId {
    param($Entry)
    return @{ run = $Entry.run; step = $Entry.step; seq = $Entry.seq }
}

# A step that failed: everything that it did is taken back, as far as that goes, and the reply says how far it went.
function Undo-Step {
    param($Request, $Journal, [string]$Why)
    $Journal.indispensable = $false
    $mine = @((Read-Journal $Journal.run).entries | Where-Object -FilterScript {
        $_.step -eq $Journal.step -and -not $_.undone -and ($null -eq $_.takesBack -or "$($_.takesBack.run)/$($_.takesBack.step)" -ne "$($Journal.run)/$($Journal.step)")
    })
    $taken = Undo-Entries $Journal $mine $false -KeepGoing
    $left = @($taken.failures) + @($taken.conflicts)
    if ($left.Count -gt 0) {
        $reason = "$Why Not everything could be taken back: $($left -join ' ')"
        return New-Reply $Request 'failed' $reason @() $taken.conflicts (Get-Evidence)
    }
    Close-Journal $Journal 'rolled-back'
    return New-Reply $Request 'rolled-back' "$Why Everything was taken back." -Evidence (Get-Evidence)
}

# An earlier call of this run that was cut short, by a restart or by a kill: what it had done is taken back before
# anything else, as a part of its own step, which ends with that. $null when there was none.
function Repair-Journal {
    param($Journal, [bool]$Force)
    $former = Read-Journal $Journal.run
    if ($former.cutShort.Count -eq 0) { return $null }
    $step = $former.cutShort[-1].step
    $theirs = @($former.entries | Where-Object -FilterScript { $_.step -eq $step })
    $open = @{ run = $Journal.run; step = $step; folder = $Journal.folder; seq = $theirs[-1].seq; indispensable = $true }
    $taken = Undo-Entries $open $former.cutShort $Force -KeepGoing
    if ($taken.failures.Count -eq 0 -and $taken.conflicts.Count -eq 0) { Close-Journal $open 'rolled-back' }
    return $taken
}
