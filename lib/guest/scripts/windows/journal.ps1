# The journal's folders, which belong to this product.

# A file that nothing holds is closed by the garbage collector.
$JournalLocks = @()

# Exclusive lock for the lifetime of this process; Windows releases it when the process is killed.
function Lock-JournalFolder($Path) {
    try {
        $script:JournalLocks += [File]::Open($Path, 'OpenOrCreate', 'ReadWrite', 'None')
        return $true
    } catch {
        # ERROR_SHARING_VIOLATION
        if (($_.Exception.GetBaseException().HResult -band 0xffff) -eq 32) { return $false }
        throw
    }
}

# Owner and access part of a folder; $null for a link, for what is no folder, and for what cannot be opened or has a longer
# descriptor than a folder of this product. A path would be followed anew by each call: whoever may exchange the folder for
# a link between two calls would have the permissions of another folder judged. Hence one handle, opened by the folder's own
# name (as in Set-FileSecurity) for READ_CONTROL, FILE_READ_ATTRIBUTES and FILE_LIST_DIRECTORY. It does not share
# FILE_SHARE_DELETE, so that a folder which somebody still holds open to rename it is none.
function Get-FolderSecurity($Path) {
    $native = Get-Native
    $held = [SafeFileHandle]$native::CreateFileW($Path, 0x20081, 3, [intptr]::Zero, 3, 0x2200000, [intptr]::Zero)
    try {
        # FILE_ATTRIBUTE_TAG_INFO, as in Set-FileSecurity.
        $seen, $bytes, $needed = [int[]]::new(2), [byte[]]::new(4096), 0
        if ($held.IsInvalid -or -not $native::GetFileInformationByHandleEx($held, 9, $seen, 8)) { return $null }
        if (-not ($seen[0] -band [FileAttributes]::Directory) -or $seen[0] -band [FileAttributes]::ReparsePoint) { return $null }
        # OWNER_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION.
        if (-not $native::GetKernelObjectSecurity($held, 5, $bytes, $bytes.Length, [ref]$needed)) { return $null }
    } finally {
        $held.Dispose()
    }
    $descriptor = [RawSecurityDescriptor]::new($bytes, 0)
    return @{ owner = $descriptor.Owner.Value; sddl = $descriptor.GetSddlForm('Access') }
}

function New-MarkerFile($Path) {
    if ([File]::Exists($Path)) { return $false }
    [File]::Open($Path, 'CreateNew').Dispose()
    return $true
}

# A line break on both sides, so that a line torn by a kill spoils no other one.
function Add-JournalLine($Path, $Line) {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes("`n$Line`n")
    # A text in the last place would be taken for a truth: there is an overload that asks for one.
    $stream = [FileStream]::new($Path, [FileMode]::Append, [FileAccess]::Write, [FileShare]::Read, 4096, [FileOptions]::WriteThrough)
    try {
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

# The folders in a root that may be a run's: no files, and no links.
function Get-JournalFolders($Root) {
    foreach ($folder in [DirectoryInfo]::new($Root).GetDirectories()) {
        if ($folder.Attributes -band [FileAttributes]::ReparsePoint) { continue }
        @{ name = $folder.Name; path = $folder.FullName; writtenAt = ConvertTo-UtcText $folder.LastWriteTimeUtc }
    }
}

# With all that is in it. Delete takes a link in it for a link; one that leads to it is refused here.
function Remove-JournalFolder($Path) {
    if ((Get-FileFacts $Path).reparsePoint) { throw "$Path is a link to another place." }
    [Directory]::Delete($Path, $true)
}

function Get-JournalLines($Path) {
    if ([File]::Exists($Path)) { [File]::ReadAllLines($Path) | Where-Object { $_ -ne '' } }
}
