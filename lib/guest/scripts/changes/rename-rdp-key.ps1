# rename-rdp-key { was }: puts the key file of this MachineGuid aside; SessionEnv makes a new one when it starts.
$ChangeKinds['rename-rdp-key'] = @{
    Target = { param($Change) "MachineKeys\$($Change.was.name)" }
    Forbid = {
        param($Change)
        if ($null -eq $Change['was'] -or $Change.was['name'] -ne (Get-RdpKeyName)) { return 'Only the RDP key of this machine may be renamed.' }
    }
    Differ = {
        param($Change)
        $path = Get-RdpKeyPath
        $link = Find-Link $path
        if ($link) { return $link }
        $facts = Get-FileFacts -Path $path
        if ($null -eq $facts) { return }
        if ($facts.folder) { return "$path is a folder." }
        if ($facts.bytes -ne $Change.was['bytes']) { return "$path has another size than it had." }
    }
    Operations = {
        param($Change, $Journal)
        $path = Get-RdpKeyPath
        if ($null -eq (Get-FileFacts -Path $path)) { return }
        $operation = New-AsideOperation $Journal $path
        $operation.note = "Kept as $($operation.to)."
        return $operation
    }
}
