# What may be changed at all, whatever the VM is like. The control plane cannot widen it. Throws the objection.
# A request is data from elsewhere: a part that it lacks is an error, which is an objection like any other.

function Assert-Allowed($Change) {
    switch ($Change.kind) {
        'set-registry-value' { Assert-DeclaredState $Change.value $Change.to }
        'remove-registry-value' { Assert-DeclaredState $Change.value $null }
        # To data that no other change may write, temporarily, and from data that can be restored.
        'weaken-registry-value' {
            if ($Change.minutes -isnot [long] -or $Change.minutes -lt 1 -or $Change.minutes -gt $MaximumWeakenMinutes) { throw "A value is weakened for 1 to $MaximumWeakenMinutes minutes." }
            if ($null -ne $Change.was) { Assert-DeclaredState $Change.value $Change.was }
            if ($WeakenedValues["$($Change.value)"] -cnotcontains (ConvertTo-JsonText $Change.to)) { throw "The value '$($Change.value)' may not be weakened to this." }
        }
        # The paths are built here and never taken from a request.
        'grant-key-access' {
            if ($null -eq $GrantedEntries["$($Change.target)"] -or -not (Test-OnlyGrants $GrantedEntries[$Change.target] $Change.was $Change.to)) { throw "The permissions of '$($Change.target)' may not become this." }
        }
        'rename-rdp-key' {
            if ($Change.was.name -ne (Get-RdpKeyName)) { throw 'Only the RDP key of this machine may be renamed.' }
        }
        'remove-rdp-certificate' {
            if ($Change.thumbprint -cnotmatch '\A[0-9A-F]{40}\z') { throw 'A certificate is named by its thumbprint.' }
        }
        'configure-service' {
            if ($CryptoServices.Keys -ccontains $Change.service) {
                if ($Change.to.startMode -cne $CryptoServices[$Change.service] -or $Change.to.account -cne $Change.was.account -or $Change.to.type -cne $Change.was.type) { throw "The service $($Change.service) may only get its start mode back." }
                return
            }
            if ($RdpServices -cnotcontains $Change.service) { throw "The service '$($Change.service)' is not ours to configure." }
            if (-not (Test-OwnAccount $Change.service $Change.to.account) -or @('Manual', 'Auto') -cnotcontains $Change.to.startMode -or @('own', 'share') -cnotcontains $Change.to.type) {
                throw "The service $($Change.service) may not be configured like this."
            }
        }
        'enable-firewall-group' {
            if ($Change.was.disabled -isnot [array]) { throw 'The change of the firewall group does not say which rules were off.' }
        }
        default { Assert-ListedChange $Change }
    }
}

# A kind of which every allowed change is in the table.
function Assert-ListedChange($Change) {
    $list = $AllowedChanges["$($Change.kind)"]
    if (-not $list) { throw "This script knows no change of the kind '$($Change.kind)'." }
    $values = ConvertTo-JsonText @(foreach ($field in $list.fields) { , $Change[$field] })
    if ($list.values -cnotcontains $values) { throw "A change of the kind '$($Change.kind)' may not have these values: $values." }
}

function Assert-DeclaredState($Id, $State) {
    if ($Id -isnot [string] -or -not $DeclaredValues.Contains($Id)) { throw "The value '$Id' is not one that this script knows." }
    if ($DeclaredValues[$Id] -cnotcontains (ConvertTo-JsonText $State)) { throw "$(Get-ResourceName (New-DeclaredResource $Id)) may not become this." }
}

# Whether permissions differ from others only by added default entries of Windows and dropped deny entries that block a
# service.
function Test-OnlyGrants($Granted, $Was, $To) {
    $before = @(Get-AclEntries $Was.sddl)
    $after = @(Get-AclEntries $To.sddl)
    if ($To.owner -isnot [string] -or $To.owner -cne $Was.owner -or (Get-AclFlags $To.sddl) -cne (Get-AclFlags $Was.sddl)) { return $false }
    $added = @($after | Where-Object { $before -cnotcontains $_ })
    $dropped = @($before | Where-Object { $after -cnotcontains $_ })
    return @($added | Where-Object { $Granted -cnotcontains $_ }).Count -eq 0 -and @($dropped | Where-Object { -not (Test-DroppableDeny $_) }).Count -eq 0
}

# A deny entry, with or without a condition, for a trustee that must use the key or for one of its groups.
function Test-DroppableDeny($Entry) {
    $parts = $Entry.Trim('()') -split ';'
    return @('D', 'XD', 'OD') -ccontains $parts[0] -and $DeniedHolders -ccontains $parts[5]
}
