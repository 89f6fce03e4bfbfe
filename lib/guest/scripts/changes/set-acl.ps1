# set-acl { target, to, was }: the MachineKeys folder or the RDP key, each to its one fixed descriptor. The paths are
# made here and never taken from a request.
$AclTargets = @{
    'machine-keys-folder' = @{
        Name = 'MachineKeys folder, owner and permissions'
        Default = $MachineKeysDefault
        Path = { Get-MachineKeysPath }
    }
    'rdp-key' = @{
        Name = 'RDP key file, owner and permissions'
        Default = $RdpKeyDefault
        Path = { Get-RdpKeyPath }
    }
}

$ChangeKinds['set-acl'] = @{
    Target = { param($Change) $AclTargets[$Change.target].Name }
    Forbid = {
        param($Change)
        $target = $Change['target']
        if ($target -isnot [string] -or -not $AclTargets.ContainsKey($target)) { return "Permissions of '$target' are not ours to set." }
        if (-not (Test-SameData $Change['to'] $AclTargets[$target].Default)) { return "The $($AclTargets[$target].Name), may not become this." }
    }
    Differ = {
        param($Change)
        $path = & $AclTargets[$Change.target].Path
        $link = Find-Link $path
        if ($link) { return $link }
        $facts = Get-FileFacts -Path $path
        if ($null -eq $facts) { return "$path is no longer there." }
        if ((Test-SameSecurity $facts $Change.to) -or ($null -ne $Change['was'] -and (Test-SameSecurity $facts $Change.was))) { return }
        return "The permissions of $path are no longer what they were."
    }
    Operations = {
        param($Change)
        $path = & $AclTargets[$Change.target].Path
        $facts = Get-FileFacts -Path $path
        if (Test-SameSecurity $facts $Change.to) { return }
        return New-SecurityOperation $path @{ owner = $facts.owner; sddl = $facts.sddl } $Change.to
    }
}

# A sentence when this path or the MachineKeys folder itself leads to another place: what is done there may hit anything.
function Find-Link {
    param([string]$Path)
    foreach ($one in @((Get-MachineKeysPath), $Path)) {
        $facts = Get-FileFacts -Path $one
        if ($null -ne $facts -and $facts.reparsePoint) { return "$one is a link to another place." }
    }
}
