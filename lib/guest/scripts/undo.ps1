# Takes back what a run did, from the journal that it left in this VM. It is journaled itself, so that it can be undone.
$RequestText = ''
. $PSScriptRoot/changing.ps1

function Invoke-Undo {
    param($Request, $Journal, $Recovered)
    $undoes = $Request['undoes']
    if ($null -eq $undoes) { return New-Reply $Request 'refused' 'The request names no run to undo.' -Evidence (Get-Evidence) }
    $former = Read-Journal $undoes
    if ($former.entries.Count -eq 0) {
        return New-Reply $Request 'refused' "This VM has no journal of the run $undoes." -Evidence (Get-Evidence)
    }
    $receipts = if ($null -eq $Recovered) { @() } else { @($Recovered.receipts) }
    if ($former.standing.Count -eq 0 -and $receipts.Count -eq 0) {
        return New-Reply $Request 'refused' "Nothing of what the run $undoes did is in effect any more." -Evidence (Get-Evidence)
    }
    try {
        $taken = Undo-Entries $Journal $former.standing ([bool]$Request['force']) -ServicesAfter $former.services
        Close-Journal $Journal 'done'
    } catch {
        return Undo-Step $Request $Journal (Get-FailureText $_)
    }
    return New-Reply $Request 'done' '' ($receipts + @($taken.receipts)) $taken.conflicts (Get-Evidence)
}

Write-Output -InputObject (Format-Reply (Invoke-Guarded (Read-Request $RequestText) { param($Request, $Journal, $Recovered) Invoke-Undo $Request $Journal $Recovered }))
