# Turns changes of the request into operations on this Windows as it is now.

function Get-KeyTargetPath($Target) {
    switch ($Target) {
        'machine-keys-folder' { return Get-MachineKeysPath }
        'rdp-key' { return Get-RdpKeyPath }
        'certificate-key' {
            $path = Get-ChosenKeyPath
            if (-not $path) { throw 'The listener is bound to no certificate whose key is a file.' }
            return $path
        }
    }
}

# What a change is about, in one line; as changeTarget in lib/core/change.ts.
function Get-ChangeTarget($Change) {
    switch ($Change.kind) {
        'grant-key-access' { return $KeyTargetNames[$Change.target] }
        'rename-rdp-key' { return "MachineKeys\$($Change.was.name)" }
        'rename-machine-keys-folder' { return 'MachineKeys folder' }
        'remove-rdp-certificate' { return "certificate $($Change.thumbprint)" }
        'restart-rdp-services' { return 'services SessionEnv, TermService, UmRdpService' }
        'configure-service' { return "service $($Change.service)" }
        'set-log-on-right' { return "$($LogOnRights[$Change.right]) of $($Trustees[$Change.account])" }
        'enable-firewall-group' { return 'firewall group Remote Desktop' }
        'set-firewall-inbound' { return "firewall profile $($Change.profile)" }
        default { return Get-ResourceName (New-DeclaredResource $Change.value) }
    }
}

# The operations that a change needs now; none when the state is already as requested. Throws when the VM differs from
# the change's former state (was). A restart needs none: it surrounds the others, and apply.ps1 begins and ends it.
function Get-Operations($Change, $Journal) {
    switch ($Change.kind) {
        'set-registry-value' {
            $operation = New-SeenOperation (New-DeclaredResource $Change.value) $Change.to $Change.was
            if (-not $operation) { return }
            if ($Change.value -like 'policy/*' -and (Get-WindowsSystem).domainJoined) { throw "This VM is in a domain, whose policy decides on $(Get-ResourceName $operation.resource)." }
            Get-MissingKeyOperations $operation.resource.key
            $operation
        }
        'remove-registry-value' { New-SeenOperation (New-DeclaredResource $Change.value) $null $Change.was }
        'weaken-registry-value' { Get-WeakeningOperations $Change }
        'grant-key-access' {
            $path = Get-KeyTargetPath $Change.target
            Assert-NoLink $path
            New-SeenOperation @{ kind = 'file-security'; path = $path } $Change.to $Change.was
        }
        'configure-service' {
            New-SeenOperation @{ kind = 'service-setting'; service = $Change.service } $Change.to $Change.was
            if ($CryptoServices.Keys -ccontains $Change.service) { New-ResourceOperation @{ kind = 'service-state'; service = $Change.service } 'Running' }
        }
        'set-log-on-right' { New-SeenOperation @{ kind = 'log-on-right'; right = $LogOnRights[$Change.right]; sid = $Trustees[$Change.account] } $Change.to $Change.was }
        'rename-rdp-key' { Get-RdpKeyOperation $Change $Journal }
        'rename-machine-keys-folder' { Get-FolderOperation $Change $Journal }
        'remove-rdp-certificate' { Get-CertificateOperation $Change }
        'enable-firewall-group' { Get-GroupOperations $Change }
        'set-firewall-inbound' {
            if ((Find-Named (Get-FirewallFacts (Get-RdpPort)).profiles $Change.profile).managedBy -eq 'policy') { throw "Group policy decides on the firewall profile $($Change.profile)." }
            New-ResourceOperation @{ kind = 'firewall-profile'; name = $Change.profile } $false
        }
        'restart-rdp-services' {
            # SessionEnv writes a key when it finds a reason to, wherever that path leads.
            Assert-NoLink (Get-RdpKeyPath)
            $state = (Get-ServiceStates)['TermService']
            if ($state -ne $Change.was.TermService) { throw "The service TermService is $state now, and was seen as $($Change.was.TermService)." }
        }
    }
}

# The keys that a value lacks, each made by an operation of its own, so that an undo removes it again.
function Get-MissingKeyOperations($Key) {
    $missing = @()
    for ($one = $Key; $null -eq (Get-RegistryKeyState $one); $one = $one -replace '\\[^\\]*\z') { $missing = @($one) + $missing }
    if ($missing.Count -gt 0 -and $CreatableKeys -cnotcontains $Key) { throw "The registry key HKLM\$Key is missing. Windows is damaged, and nothing is created there." }
    foreach ($one in $missing) { New-ResourceOperation @{ kind = 'registry-key'; key = $one } 'empty' }
}

# Changes a resource from the observed state to another.
function New-SeenOperation($Resource, $To, $Was) {
    $operation = New-ResourceOperation $Resource $To
    if ($operation -and $operation.from -is [System.Collections.IDictionary] -and $operation.from['type'] -eq 'other') { throw "$(Get-ResourceName $Resource) is of the registry type $($operation.from.data), which an undo could not write again." }
    if ($operation -and -not (Compare-State $operation.from $Was)) { throw "$(Get-ResourceName $Resource) is not as it was seen; it is now $(ConvertTo-JsonText $operation.from)." }
    return $operation
}

# The task first: a value is never weakened without the task that restores it.
function Get-WeakeningOperations($Change) {
    $resource = New-DeclaredResource $Change.value
    $operation = New-SeenOperation $resource $Change.to $Change.was
    if (-not $operation) { return }
    if ($null -ne (Get-DeclaredData "policy/$($resource.name)")) { throw "Group policy decides on $(Get-ResourceName $resource)." }
    $task = @{ kind = 'restore-task'; value = $resource.name }
    if ($null -ne (Get-ResourceState $task)) { throw "$(Get-ResourceName $task) waits for its time already." }
    $end = (ConvertFrom-UtcText (Get-UtcNow)).AddMinutes($Change.minutes)
    $until = (ConvertTo-UtcText $end.UtcDateTime) -replace '\.\d+', '.000'
    New-ResourceOperation $task @{ weakened = $Change.to.data; former = if ($Change.was) { $Change.was.data } else { $null }; until = $until }
    return $operation + @{ note = "Restored by the VM itself at $until at the latest." }
}

# When this path or the MachineKeys folder is a link, a change could affect other files.
function Assert-NoLink($Path) {
    foreach ($one in (Get-MachineKeysPath), $Path) {
        $facts = Get-FileFacts $one
        if ($facts -and $facts.reparsePoint) { throw "$one is a link to another place." }
    }
}

function Get-RdpKeyOperation($Change, $Journal) {
    $path = Get-RdpKeyPath
    Assert-NoLink $path
    $facts = Get-FileFacts $path
    if (-not $facts) { return }
    if ($facts.folder -or $facts.bytes -ne $Change.was.bytes) { throw "$path is not the file that was seen." }
    $replacement = New-Replacement $path (Get-AsidePath $Journal (Get-RdpKeyName)) $null
    return $replacement + @{ note = "Kept as $($replacement.out)." }
}

# The folder is created again with the default permissions, and every key of others is copied.
function Get-FolderOperation($Change, $Journal) {
    $path = Get-MachineKeysPath
    Assert-NoLink $path
    $others = Get-OtherKeys
    if (-not (Test-PathExists $path) -or -not (Compare-State $Change.was @{ count = $others.count; digest = $others.digest })) { throw "The keys in $path are not those that were seen." }
    if ($others.unreadable -gt 0 -and -not $Change.force) { throw "$($others.unreadable) keys in $path cannot be read, so they could not be carried over." }
    if ($others.count -gt $MostKeysToCopy) { throw "$path holds $($others.count) other keys, and more than $MostKeysToCopy take too long to copy while the services are stopped." }
    $replacement = New-Replacement $path (Get-AsidePath $Journal 'MachineKeys') (Get-AsidePath $Journal 'MachineKeys-new')
    return $replacement + @{ carry = $true; make = $true; note = "Kept as $($replacement.out); keys that cannot be read there: $($others.unreadable)." }
}

# Only a certificate that Windows made itself: an enrolled one does not come back by itself.
function Get-CertificateOperation($Change) {
    $found = @(Get-StoreCertificates 'Remote Desktop' | Where-Object { $_.thumbprint -eq $Change.thumbprint })
    if ($found.Count -eq 0) { return }
    Assert-NoLink (Get-RdpKeyPath)
    if (-not $found[0].selfSigned) { throw "The certificate $($Change.thumbprint) is not self-signed, and would not come back." }
    # Windows keeps its own key in this container on every build; another container means that an administrator made the
    # certificate.
    if ($found[0].key.container -ne 'TSSecKeySet1') { throw "The certificate $($Change.thumbprint) is not one that Windows made, and would not come back." }
    if ($found[0].notAfter -ne $Change.was.notAfter) { throw "The certificate $($Change.thumbprint) is not the one that was seen." }
    $operation = New-ResourceOperation @{ kind = 'certificate'; thumbprint = $Change.thumbprint } $null
    if (-not $operation) { throw "The certificate $($Change.thumbprint) cannot be backed up: the registry does not hold it." }
    return $operation
}

function Get-GroupOperations($Change) {
    $off = @((Get-FirewallFacts (Get-RdpPort)).rules | Where-Object { $_.group -and -not $_.enabled })
    if ($off.Count -eq 0) { return }
    $names = Get-OrdinalOrder @($off | ForEach-Object { $_.name })
    if ("$names" -cne "$(Get-OrdinalOrder $Change.was.disabled)") { throw "The Remote Desktop firewall rules that are off are now: $($names -join ', ')." }
    if (@($off | Where-Object { $_.managedBy -eq 'policy' }).Count -gt 0) { throw 'Group policy decides on the Remote Desktop firewall rules.' }
    foreach ($name in $names) { New-ResourceOperation @{ kind = 'firewall-rule'; name = $name } $true }
}
