# One right of one account. The other holders of the right, and the other rights of the account, stay.

function Set-AccountRight($Right, $Sid, $Held) {
    $native = Get-Native
    $identifier = [SecurityIdentifier]::new("$Sid")
    $account = [byte[]]::new($identifier.BinaryLength)
    $identifier.GetBinaryForm($account, 0)
    $policy = Open-LsaPolicy 0x811
    $name = New-LsaText $Right
    try {
        $status = if ($Held) { $native::LsaAddAccountRights($policy, $account, $name, 1) } else { $native::LsaRemoveAccountRights($policy, $account, $false, $name, 1) }
        # STATUS_OBJECT_NAME_NOT_FOUND: the account holds no right at all.
        if ($status -eq 0xC0000034 -and -not $Held) { return }
        if ($status -ne 0) { throw ('{0} of {1} cannot be changed (0x{2:X8}).' -f $Right, $Sid, $status) }
    } finally {
        Close-LsaPolicy $policy $name
    }
}
