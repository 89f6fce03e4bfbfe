# Who holds the rights that decide on a log-on. secedit would write a file; the LSA answers without one. Nobody else may
# read the accounts in the registry, not even SYSTEM.

function Get-LogOnRights {
    $held = @{}
    foreach ($code in $LogOnRights.get_Keys()) {
        $holders = @(Get-RightHolders $LogOnRights[$code])
        $known = @(foreach ($trustee in $Trustees.get_Keys()) { if ($holders -contains $Trustees[$trustee]) { $trustee } })
        $others = @($holders -like 'S-1-5-21-*').Count
        if ($others -gt 0) { $known += "+$others" }
        # What is as Windows makes it is not told.
        if ("$known" -cne "$($DefaultRights[$code])") { $held[$code] = "$known" }
    }
    $facts = @{ held = $held }
    # The rights say more than the members do.
    try { $members = Get-MemberCount $Trustees.RD } catch { $members = $null }
    if ($members -ne 0) { $facts.members = $members }
    return $facts
}

# The SIDs of those who hold a right.
function Get-RightHolders($Right) {
    $native = Get-Native
    $policy = Open-LsaPolicy 0x801
    $name = New-LsaText $Right
    $list = [intptr]::Zero
    $count = 0
    try {
        $status = $native::LsaEnumerateAccountsWithUserRight($policy, $name, [ref]$list, [ref]$count)
        # STATUS_NO_MORE_ENTRIES: nobody holds it.
        if ($status -eq 0x8000001A) { return }
        if ($status -ne 0) { throw ('The holders of {0} cannot be read (0x{1:X8}).' -f $Right, $status) }
        for ($at = 0; $at -lt $count; $at += 1) { [SecurityIdentifier]::new([Marshal]::ReadIntPtr($list, $at * [intptr]::Size)).Value }
        $null = $native::LsaFreeMemory($list)
    } finally {
        Close-LsaPolicy $policy $name
    }
}

function Get-AccountRight($Right, $Sid) {
    return @(Get-RightHolders $Right) -contains $Sid
}

# The policy of this machine: 0x1 to view, 0x10 to create accounts, 0x800 to look up names.
function Open-LsaPolicy($Access) {
    $native = Get-Native
    $policy = [intptr]::Zero
    # LSA_OBJECT_ATTRIBUTES, of which nothing is used.
    $status = $native::LsaOpenPolicy([intptr]::Zero, [byte[]]::new(48), $Access, [ref]$policy)
    if ($status -ne 0) { throw ('The security policy cannot be opened (0x{0:X8}).' -f $status) }
    return $policy
}

function Close-LsaPolicy($Policy, $Text) {
    $native = Get-Native
    $null = $native::LsaClose($Policy)
    [Marshal]::FreeHGlobal($Text)
}

# An LSA_UNICODE_STRING, two lengths in bytes and a pointer, with its letters behind it.
function New-LsaText([string]$Text) {
    $letters = [System.Text.Encoding]::Unicode.GetBytes($Text)
    $start = 2 * [intptr]::Size
    $structure = [Marshal]::AllocHGlobal($start + $letters.Length)
    [Marshal]::WriteInt16($structure, 0, $letters.Length)
    [Marshal]::WriteInt16($structure, 2, $letters.Length)
    [Marshal]::WriteIntPtr($structure, [intptr]::Size, [intptr]::Add($structure, $start))
    [Marshal]::Copy($letters, 0, [intptr]::Add($structure, $start), $letters.Length)
    return $structure
}

# The members of a built-in group. Their names are not asked for: the domain that knows them may be out of reach.
function Get-MemberCount([string]$Sid) {
    $native = Get-Native
    $name = [SecurityIdentifier]::new($Sid).Translate([NTAccount]).Value -replace '\A.*\\'
    $list, $resume = [intptr]::Zero, [intptr]::Zero
    $read, $total = 0, 0
    $status = $native::NetLocalGroupGetMembers([intptr]::Zero, $name, 0, [ref]$list, -1, [ref]$read, [ref]$total, [ref]$resume)
    if ($status -ne 0) { throw "The members of $name cannot be counted ($status)." }
    $null = $native::NetApiBufferFree($list)
    return $total
}
