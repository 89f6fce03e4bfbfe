# Files and folders of the key store, moved, copied and secured.

# Owner and access part, and exactly these: Set-Acl writes the audit part too, and like SetAccessControl it hands what a
# folder has down to the keys in it, and takes from a key what it has from its folder. Opened by its own name
# (FILE_FLAG_OPEN_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS) for WRITE_DAC, WRITE_OWNER, READ_CONTROL and
# FILE_READ_ATTRIBUTES, and looked at by its handle: whoever puts a link in its place meanwhile changes nothing.
function Set-FileSecurity($Path, $Owner, $Sddl) {
    Enable-BackupPrivileges
    $native = Get-Native
    $held = $native::CreateFileW($Path, 0xe0080, 7, [intptr]::Zero, 3, 0x2200000, [intptr]::Zero)
    try {
        if ($held.IsInvalid) { throw [System.ComponentModel.Win32Exception]::new([Marshal]::GetLastWin32Error()) }
        # FILE_ATTRIBUTE_TAG_INFO: the attributes, and what kind of link it is.
        $seen = [int[]]::new(2)
        if (-not $native::GetFileInformationByHandleEx($held, 9, $seen, 8)) { throw [System.ComponentModel.Win32Exception]::new([Marshal]::GetLastWin32Error()) }
        if ($seen[0] -band [FileAttributes]::ReparsePoint) { throw "$Path is a link to another place." }
        $descriptor = [RawSecurityDescriptor]::new("O:$Owner$Sddl")
        # Windows keeps AI (inherited by itself) only where AR (required) comes with it.
        $flags = $descriptor.ControlFlags
        if ($flags -band [ControlFlags]::DiscretionaryAclAutoInherited) { $flags = $flags -bor [ControlFlags]::DiscretionaryAclAutoInheritRequired }
        $descriptor.SetFlags($flags)
        $bytes = [byte[]]::new($descriptor.BinaryLength)
        $descriptor.GetBinaryForm($bytes, 0)
        # OWNER_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION.
        if (-not $native::SetKernelObjectSecurity($held, 5, $bytes)) { throw [System.ComponentModel.Win32Exception]::new([Marshal]::GetLastWin32Error()) }
    } finally {
        $held.Dispose()
    }
}

# Without MOVEFILE_COPY_ALLOWED and MOVEFILE_REPLACE_EXISTING: a copy on another volume would have the permissions of its
# new folder (File.Move makes one), and what has the new name stays. NTFS renames no folder in which a file is open, and
# programs that scan files open fresh ones for a moment: access denied and sharing violations are tried again for ten
# seconds.
function Rename-FileItem($Path, $NewPath) {
    $native = Get-Native
    for ($try = 1; -not $native::MoveFileExW($Path, $NewPath, 0); $try += 1) {
        $failure = [System.ComponentModel.Win32Exception]::new([Marshal]::GetLastWin32Error())
        # ERROR_ACCESS_DENIED and ERROR_SHARING_VIOLATION
        if ($try -eq 20 -or $failure.NativeErrorCode -notin 5, 32) { throw $failure }
        Start-Sleep -Milliseconds 500
    }
}

# Made with its descriptor, so that there is no moment in which it has another.
function New-SecuredFolder($Path, $Owner, $Sddl) {
    if ([File]::Exists($Path) -or [Directory]::Exists($Path)) { throw "$Path is there already." }
    Enable-BackupPrivileges
    $security = [DirectorySecurity]::new()
    $security.SetSecurityDescriptorSddlForm("O:$Owner$Sddl", 'Access, Owner')
    $null = if ($PSVersionTable.PSVersion.Major -ge 6) { [FileSystemAclExtensions]::CreateDirectory($security, $Path) } else { [Directory]::CreateDirectory($Path, $security) }
}

# The copy has the permissions of its folder for a moment; no folder that is ever copied into lets more people in.
function Copy-SecuredFile($Path, $Destination) {
    $facts = Get-FileFacts $Path
    [File]::Copy($Path, $Destination, $false)
    try {
        Set-FileSecurity -Path $Destination -Owner $facts.owner -Sddl $facts.sddl
    } catch {
        [File]::Delete($Destination)
        throw
    }
}
