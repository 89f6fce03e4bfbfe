# The preconditions of the work: the request's time, another script at work, an earlier call that was interrupted, and
# whether this step was done before.

# Does the work unless a precondition replies first. Work takes the request, the journal and what was recovered.
function Invoke-Step($Request, $Work) {
    if (Test-Expired $Request) { return New-ExpiredReply $Request }
    try {
        $journal = Open-Journal $Request
        if (-not $journal) { return New-Reply $Request 'refused' 'Another script is at work in this VM.' }
        $recovered = Repair-Journal $journal ([bool]$Request['force'])
        if ($recovered -and $recovered.failures.Count -gt 0) {
            return New-Reply $Request 'failed' "An earlier call of this run was interrupted and cannot be rolled back: $($recovered.failures -join ' ')" $recovered.receipts $recovered.conflicts
        }
        $first = New-MarkerFile "$($journal.folder)\$($Request.step).marker"
    } catch {
        return New-Reply $Request 'journal-unusable' "The journal in this VM cannot be used: $(Get-FailureText $_)"
    }
    if ($first) {
        try {
            $reply = & $Work $Request $journal $recovered
            if ($reply.status -eq 'done') { $reply.journalsDeleted = Remove-OldJournals $Request }
            return $reply
        } catch { return New-Reply $Request 'failed' "The script itself failed: $(Get-FailureText $_)" }
    }
    if (-not $recovered) { return New-Reply $Request 'repeated' 'This step of this run was seen before; nothing was done now.' -WithoutEvidence }
    return New-Reply $Request 'rolled-back' 'This step was interrupted before; what it had done was rolled back now.' @() $recovered.conflicts
}

# An earlier call of this run that was interrupted, by a restart or by a kill: it is rolled back before anything else.
# $null when there was none.
function Repair-Journal($Journal, $Force) {
    $interrupted = @((Read-Journal $Journal.run).entries | Where-Object { $_.interrupted })
    if ($interrupted.Count -eq 0) { return $null }
    Assert-AllowedEntries $interrupted
    return Undo-Step $Journal $interrupted[-1].step $Force
}

# The reply for a step that failed.
function Undo-Failure($Request, $Journal, $Failure) {
    $why = Get-FailureText $Failure
    $Journal.indispensable = $false
    $undone = Undo-Step $Journal $Journal.step $false
    $left = @($undone.failures) + @($undone.conflicts)
    $failed = @(if ($Journal['making']) { New-Receipt $Journal['making'] $false })
    if ($left.Count -eq 0) { return New-Reply $Request 'rolled-back' "$why Everything was rolled back." $failed }
    return New-Reply $Request 'failed' "$why Not everything could be rolled back: $($left -join ' ')" @() $undone.conflicts
}
