# Files and folders of the key store.

function Get-ProgramDataPath {
    return [System.Environment]::GetFolderPath('CommonApplicationData')
}

function Get-MachineKeysPath {
    return "$(Get-ProgramDataPath)\Microsoft\Crypto\RSA\MachineKeys"
}

function Test-Folder($Path) {
    return ([File]::GetAttributes($Path) -band [FileAttributes]::Directory) -ne 0
}

function Get-FileFacts($Path) {
    try {
        # Not File.Exists: that takes "denied" for "absent".
        $attributes = [File]::GetAttributes($Path)
    } catch [FileNotFoundException], [DirectoryNotFoundException] {
        return $null
    }
    Enable-BackupPrivileges
    $folder = Test-Folder $Path
    $security = if ($folder) { [DirectorySecurity]::new($Path, 'Access, Owner') } else { [FileSecurity]::new($Path, 'Access, Owner') }
    return @{
        folder = $folder
        bytes = if ($folder) { 0 } else { [FileInfo]::new($Path).Length }
        reparsePoint = ($attributes -band [FileAttributes]::ReparsePoint) -ne 0
        owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
        sddl = $security.GetSecurityDescriptorSddlForm('Access')
    }
}

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

function Get-FolderFiles($Path) {
    foreach ($file in [DirectoryInfo]::new($Path).GetFiles()) {
        $readable = $true
        try { (Open-ForReading $file.FullName).Dispose() } catch { $readable = $false }
        @{ name = $file.Name; bytes = $file.Length; readable = $readable }
    }
}

# Beside whoever has it open.
function Open-ForReading($Path) {
    return [File]::Open($Path, 'Open', 'Read', 'ReadWrite, Delete')
}

function Get-FileSha256($Path) {
    $stream = Open-ForReading $Path
    try { return ConvertTo-Hex ([SHA256CryptoServiceProvider]::new().ComputeHash($stream)) } finally { $stream.Dispose() }
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
    $facts = Get-FileFacts -Path $Path
    [File]::Copy($Path, $Destination, $false)
    try {
        Set-FileSecurity -Path $Destination -Owner $facts.owner -Sddl $facts.sddl
    } catch {
        [File]::Delete($Destination)
        throw
    }
}
