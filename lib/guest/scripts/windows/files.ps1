# Files and folders of the key store.

function Get-ProgramDataPath {
    return [System.Environment]::GetFolderPath('CommonApplicationData')
}

function Get-MachineKeysPath {
    return "$(Get-ProgramDataPath)\Microsoft\Crypto\RSA\MachineKeys"
}

function Get-CngKeysPath {
    return "$(Get-ProgramDataPath)\Microsoft\Crypto\Keys"
}

# Asked of Windows (GetSystemDirectory), because a variable of the environment can name any folder.
function Get-SystemRoot {
    return [Path]::GetDirectoryName([System.Environment]::SystemDirectory)
}

# The folder of this product's journals, in a folder in which only SYSTEM, Administrators and TrustedInstaller may create
# anything; a 32-bit process is led elsewhere from System32, and not from here (docs/decisions/0018).
function Get-JournalRoot {
    return "$(Get-SystemRoot)\RdpRemediation"
}

# Where earlier versions kept them. Everybody may create folders in ProgramData: what is here may be anybody's.
function Get-FormerJournalRoot {
    return "$(Get-ProgramDataPath)\RdpRemediation"
}

function Get-FileFacts($Path) {
    try {
        # Not File.Exists: that takes "denied" for "absent".
        $attributes = [File]::GetAttributes($Path)
    } catch [FileNotFoundException], [DirectoryNotFoundException] {
        return $null
    }
    $folder = ($attributes -band [FileAttributes]::Directory) -ne 0
    try {
        $security = Read-FileSecurity $Path $folder
    } catch [System.UnauthorizedAccessException] {
        # Privileges are what programs that watch a VM look for: they are taken only where Windows says no without them.
        Enable-BackupPrivileges
        $security = Read-FileSecurity $Path $folder
    }
    return @{
        folder = $folder
        bytes = if ($folder) { 0 } else { [FileInfo]::new($Path).Length }
        reparsePoint = ($attributes -band [FileAttributes]::ReparsePoint) -ne 0
        owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
        sddl = $security.GetSecurityDescriptorSddlForm('Access')
    }
}

function Read-FileSecurity($Path, $Folder) {
    if ($Folder) { return [DirectorySecurity]::new($Path, 'Access, Owner') }
    return [FileSecurity]::new($Path, 'Access, Owner')
}

function Get-FolderFiles($Path) {
    # There may be hundreds of thousands: no function is called for each, and where there are more than are ever copied,
    # none is opened to see whether it can be.
    $files = [DirectoryInfo]::new($Path).GetFiles()
    $tested = $files.Length -le $MostKeysToCopy
    foreach ($file in $files) {
        # A link is nobody's key, and what it leads to is none of ours.
        $readable = -not $file.Attributes.HasFlag([FileAttributes]::ReparsePoint)
        if ($readable -and $tested) { try { [File]::Open($file.FullName, 'Open', 'Read', 'ReadWrite, Delete').Dispose() } catch { $readable = $false } }
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
