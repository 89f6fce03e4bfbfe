# What stands between a request and the work: its time, another script at work, an earlier call that was cut short, and
# whether this very step was done before.

# Does the work unless a guard answers first. Work takes the request, the journal and what was recovered, and answers
# a reply.
function Invoke-Guarded {
    param($Request, [scriptblock]$Work)
    if (Test-Expired $Request) { return New-Reply $Request 'expired' "This request was good until $($Request.notAfter)." }
    $journal = $null
    try {
        $journal = Open-Journal $Request
        if ($null -eq $journal) {
            return New-Reply $Request 'refused' 'Another script is at work in this VM. Nothing was touched.' -Evidence (Get-Evidence)
        }
        $recovered = Repair-Journal $journal ([bool]$Request['force'])
        if ($null -ne $recovered -and $recovered.failures.Count -gt 0) {
            $reason = "An earlier call of this run was cut short and could not be taken back: $($recovered.failures -join ' ')"
            return New-Reply $Request 'failed' $reason $recovered.receipts $recovered.conflicts (Get-Evidence)
        }
        $firstTime = Test-FirstTime $journal
    } catch {
        return New-Reply $Request 'refused' "The journal in this VM cannot be used: $(Get-FailureText $_)" -Evidence (Get-Evidence)
    }
    if (-not $firstTime) {
        if ($null -eq $recovered) { return New-Reply $Request 'repeated' 'This step was done before.' }
        $reason = 'This step was cut short before. What it had done was taken back now.'
        return New-Reply $Request 'rolled-back' $reason $recovered.receipts $recovered.conflicts (Get-Evidence)
    }
    try {
        return & $Work $Request $journal $recovered
    } catch {
        return New-Reply $Request 'failed' "The script itself failed: $(Get-FailureText $_)"
    }
}
