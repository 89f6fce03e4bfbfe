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

function Get-FolderFiles($Path) {
    foreach ($file in [DirectoryInfo]::new($Path).GetFiles()) {
        # A link is nobody's key, and what it leads to is none of ours.
        $readable = ($file.Attributes -band [FileAttributes]::ReparsePoint) -eq 0
        try { if ($readable) { (Open-ForReading $file.FullName).Dispose() } } catch { $readable = $false }
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
