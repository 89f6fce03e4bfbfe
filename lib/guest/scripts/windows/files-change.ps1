# Files and folders of the key store, moved, copied and secured.

# Owner and access part one after the other: Set-Acl would write both, and the audit part too.
function Set-FileSecurity($Path, $Owner, $Sddl) {
    Enable-BackupPrivileges
    $folder = Test-Folder $Path
    $parts = @{ Owner = "O:$Owner"; Access = $Sddl }
    foreach ($part in 'Owner', 'Access') {
        $security = if ($folder) { [DirectorySecurity]::new() } else { [FileSecurity]::new() }
        $security.SetSecurityDescriptorSddlForm($parts[$part], $part)
        # .NET Framework and .NET keep this method in different places.
        if ($PSVersionTable.PSVersion.Major -ge 6) {
            [FileSystemAclExtensions]::SetAccessControl($(if ($folder) { [DirectoryInfo]::new($Path) } else { [FileInfo]::new($Path) }), $security)
        } elseif ($folder) {
            [Directory]::SetAccessControl($Path, $security)
        } else {
            [File]::SetAccessControl($Path, $security)
        }
    }
}

# On one volume, so that owner and permissions stay; neither method replaces what has the new name.
function Rename-FileItem($Path, $NewPath) {
    if (Test-Folder $Path) { [Directory]::Move($Path, $NewPath) } else { [File]::Move($Path, $NewPath) }
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
