# Files and folders of the key store.

function Get-MachineKeysPath {
    return (Get-ProgramDataPath) + '\Microsoft\Crypto\RSA\MachineKeys'
}

function Get-ProgramDataPath {
    return [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::CommonApplicationData)
}

# With these, SYSTEM reads and writes descriptors whatever they say, and may name any owner.
function Enable-BackupPrivileges {
    Import-NativeCalls
    foreach ($name in @('SeBackupPrivilege', 'SeRestorePrivilege', 'SeTakeOwnershipPrivilege')) { [RdpRemediation.Native]::EnablePrivilege($name) }
}

function Get-FileFacts {
    param([string]$Path)
    try {
        # Not File.Exists: that takes "denied" for "absent".
        $attributes = [System.IO.File]::GetAttributes($Path)
    } catch {
        $reason = $_.Exception.GetBaseException()
        if ($reason -is [System.IO.FileNotFoundException] -or $reason -is [System.IO.DirectoryNotFoundException]) { return $null }
        throw
    }
    $folder = [bool]($attributes -band [System.IO.FileAttributes]::Directory)
    $bytes = if ($folder) { 0 } else { (New-Object -TypeName System.IO.FileInfo -ArgumentList $Path).Length }
    $security = Get-FileSecurity $Path $folder
    return @{
        folder = $folder
        bytes = [long]$bytes
        reparsePoint = [bool]($attributes -band [System.IO.FileAttributes]::ReparsePoint)
        owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
        sddl = $security.GetSecurityDescriptorSddlForm([System.Security.AccessControl.AccessControlSections]::Access)
    }
}

function Get-FileSecurity {
    param([string]$Path, [bool]$Folder)
    Enable-BackupPrivileges
    $kind = if ($Folder) { 'System.Security.AccessControl.DirectorySecurity' } else { 'System.Security.AccessControl.FileSecurity' }
    return New-Object -TypeName $kind -ArgumentList $Path, ([System.Security.AccessControl.AccessControlSections]'Access, Owner')
}

# The owner apart from the access part: Set-Acl would write both, and the audit part too.
function Set-FileSecurity {
    param([string]$Path, [string]$Owner, [string]$Sddl)
    Enable-BackupPrivileges
    $folder = [bool]([System.IO.File]::GetAttributes($Path) -band [System.IO.FileAttributes]::Directory)
    $security = New-Descriptor $folder
    $security.SetOwner((New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $Owner))
    Write-FileSecurity $Path $folder $security
    $security = New-Descriptor $folder
    $security.SetSecurityDescriptorSddlForm($Sddl, [System.Security.AccessControl.AccessControlSections]::Access)
    Write-FileSecurity $Path $folder $security
}

function New-Descriptor {
    param([bool]$Folder)
    if ($Folder) { return New-Object -TypeName System.Security.AccessControl.DirectorySecurity }
    return New-Object -TypeName System.Security.AccessControl.FileSecurity
}

# .NET Framework and .NET keep this method in different places.
function Write-FileSecurity {
    param([string]$Path, [bool]$Folder, $Security)
    if ($PSVersionTable.PSVersion.Major -ge 6) {
        $kind = if ($Folder) { 'System.IO.DirectoryInfo' } else { 'System.IO.FileInfo' }
        [System.IO.FileSystemAclExtensions]::SetAccessControl((New-Object -TypeName $kind -ArgumentList $Path), $Security)
    } elseif ($Folder) {
        [System.IO.Directory]::SetAccessControl($Path, $Security)
    } else {
        [System.IO.File]::SetAccessControl($Path, $Security)
    }
}

function Get-FolderFiles {
    param([string]$Path)
    $folder = New-Object -TypeName System.IO.DirectoryInfo -ArgumentList $Path
    foreach ($file in $folder.GetFiles()) {
        @{ name = $file.Name; bytes = [long]$file.Length; readable = Test-Readable $file.FullName }
    }
}

function Test-Readable {
    param([string]$Path)
    try {
        $stream = Open-ForReading $Path
        $stream.Dispose()
        return $true
    } catch {
        return $false
    }
}

# Beside whoever has it open.
function Open-ForReading {
    param([string]$Path)
    return [System.IO.File]::Open($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
}

function Get-FileSha256 {
    param([string]$Path)
    $stream = Open-ForReading $Path
    $hash = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider
    try {
        return ConvertTo-Hex $hash.ComputeHash($stream)
    } finally {
        $hash.Dispose()
        $stream.Dispose()
    }
}

# On one volume, so that owner and permissions stay; neither method replaces what has the new name.
function Rename-FileItem {
    param([string]$Path, [string]$NewPath)
    if ([System.IO.File]::GetAttributes($Path) -band [System.IO.FileAttributes]::Directory) {
        [System.IO.Directory]::Move($Path, $NewPath)
    } else {
        [System.IO.File]::Move($Path, $NewPath)
    }
}

# Made with its descriptor, so that there is no moment in which it has another.
function New-SecuredFolder {
    param([string]$Path, [string]$Owner, [string]$Sddl)
    if (Test-PathTaken $Path) { throw "$Path is there already." }
    Enable-BackupPrivileges
    $security = New-Object -TypeName System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm("O:$Owner$Sddl", [System.Security.AccessControl.AccessControlSections]'Access, Owner')
    if ($PSVersionTable.PSVersion.Major -ge 6) {
        $null = [System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Path)
    } else {
        $null = [System.IO.Directory]::CreateDirectory($Path, $security)
    }
}

function Test-PathTaken {
    param([string]$Path)
    return [System.IO.File]::Exists($Path) -or [System.IO.Directory]::Exists($Path)
}

function Copy-SecuredFile {
    param([string]$Path, [string]$Destination)
    $facts = Get-FileFacts -Path $Path
    # The copy inherits from its folder for a moment; both folders that are ever copied into let no more people in.
    [System.IO.File]::Copy($Path, $Destination, $false)
    try {
        Set-FileSecurity -Path $Destination -Owner $facts.owner -Sddl $facts.sddl
    } catch {
        [System.IO.File]::Delete($Destination)
        throw
    }
}
