# rename-machine-keys-folder { was, force }: the folder is put aside, and made anew with the default permissions and
# with every key of others carried over, by copies that keep owner and permissions.
$ChangeKinds['rename-machine-keys-folder'] = @{
    Target = { 'MachineKeys folder' }
    Forbid = {
        param($Change)
        if ($Change['force'] -isnot [bool]) { return 'The change of the MachineKeys folder does not say whether keys may be left behind.' }
    }
    Differ = {
        param($Change)
        $path = Get-MachineKeysPath
        $link = Find-Link $path
        if ($link) { return $link }
        $others = Get-OtherKeys
        if (-not (Test-SameData $Change['was'] @{ count = $others.count; digest = $others.digest })) { return "The keys in $path are no longer the same." }
        if ($others.unreadable -gt 0 -and -not $Change.force) { return "$($others.unreadable) keys in $path cannot be read, so they could not be carried over." }
    }
    Operations = {
        param($Change, $Journal)
        $incoming = Get-AsidePath $Journal 'MachineKeys.new'
        $aside = Get-AsidePath $Journal 'MachineKeys'
        $unreadable = (Get-OtherKeys).unreadable
        $note = if ($unreadable -gt 0) { "Kept as $aside; $unreadable keys that cannot be read are there alone." } else { "Kept as $aside." }
        @{ kind = 'make-folder'; path = $incoming }
        @{ kind = 'replace-folder'; path = Get-MachineKeysPath; aside = $aside; incoming = $incoming; note = $note }
    }
}
