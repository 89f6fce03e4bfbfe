# Makes the changes of the request: all of them, or none.
$RequestText = ''
. $PSScriptRoot/changing.ps1
. $PSScriptRoot/change-kinds.ps1

function Invoke-Apply {
    param($Request, $Journal)
    try {
        $plan = New-Plan $Journal @($Request['changes'])
    } catch {
        $plan = New-Objection "The VM could not be held against the plan: $(Get-FailureText $_)"
    }
    if ($plan.objection) { return New-Reply $Request 'refused' $plan.objection -Evidence (Get-Evidence) }
    try {
        Invoke-Plan $Journal $plan.items
        Close-Journal $Journal 'done'
    } catch {
        return Undo-Step $Request $Journal (Get-FailureText $_)
    }
    $receipts = @(foreach ($item in $plan.items) { New-Receipt $item.label.kind $item.label.target $item.needed $item['note'] })
    return New-Reply $Request 'done' -Receipts $receipts -Evidence (Get-Evidence)
}

# After these Windows makes a key or a certificate by itself, at the next start of SessionEnv or the next connection.
$RenewingKinds = @('remove-rdp-certificate', 'rename-rdp-key', 'rename-machine-keys-folder')

# A restart is a bracket around all other changes, so that no key is swapped under a running service.
function Invoke-Plan {
    param($Journal, [object[]]$Items)
    $needed = @($Items | Where-Object -FilterScript { $_.needed })
    $restart = $needed | Where-Object -FilterScript { $_.label.kind -eq 'restart-rdp-services' } | Select-Object -First 1
    $before = Get-ServiceStates
    $listened = $null -ne $restart -and (Test-Listening)
    if ($null -ne $restart) { Stop-RdpServices $Journal $restart.label @('UmRdpService', 'TermService', 'SessionEnv') }
    foreach ($item in $needed) {
        # Made from the present once more: the changes before it may have done its work.
        foreach ($operation in @(& $ChangeKinds[$item.label.kind].Operations $item.change $Journal)) {
            Invoke-Operation $Journal $item.label $operation
            if ($operation.Contains('note')) { $item.note = $operation.note }
        }
    }
    $renewing = @($needed | Where-Object -FilterScript { $_.label.kind -in $RenewingKinds })
    if ($null -ne $restart -or $renewing.Count -gt 0) { Invoke-Operation $Journal $needed[-1].label (New-KeepIdentityOperation $Journal) }
    if ($null -eq $restart) { return }
    Start-RdpServices $before
    $listens = Wait-RdpListener -Port (Get-RdpPort) -TimeoutSeconds $ListenSeconds
    if ($listened -and -not $listens) { throw 'Remote Desktop listened before the restart, and does not any more.' }
    Assert-RdpCertificate $needed
}

# Where a certificate was removed so that Windows makes another one, the VM is worse off than before without that.
function Assert-RdpCertificate {
    param([object[]]$Items)
    $removed = @($Items | Where-Object -FilterScript { $_.label.kind -eq 'remove-rdp-certificate' })
    if ($removed.Count -eq 0 -or $null -ne (Get-DeclaredData 'rdp-tcp/SSLCertificateSHA1Hash')) { return }
    if (-not (Wait-SelfSignedCertificate)) { throw 'Windows made no new certificate for Remote Desktop.' }
}

Write-Output -InputObject (Format-Reply (Invoke-Guarded (Read-Request $RequestText) { param($Request, $Journal) Invoke-Apply $Request $Journal }))
