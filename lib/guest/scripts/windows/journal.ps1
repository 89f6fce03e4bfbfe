# The journal's folder, which belongs to this product.

$PrivateSddl = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'

# Everybody may create folders in ProgramData. A folder of this name that somebody else made would let them read the
# keys in it and write what an undo relies on: such a folder is refused, whatever it contains.
function New-PrivateFolder($Path) {
    if ($null -eq (Get-FileFacts $Path)) {
        $parent = [Path]::GetDirectoryName($Path)
        if ($parent -ne (Get-ProgramDataPath)) { New-PrivateFolder $parent }
        New-SecuredFolder -Path $Path -Owner 'S-1-5-18' -Sddl $PrivateSddl
    }
    $facts = Get-FileFacts $Path
    $ours = $facts.folder -and -not $facts.reparsePoint -and $facts.owner -in 'S-1-5-18', 'S-1-5-32-544'
    if (-not $ours -or -not (Compare-State @{ owner = ''; sddl = $facts.sddl } @{ owner = ''; sddl = $PrivateSddl })) {
        throw "$Path is not a folder for SYSTEM and Administrators alone. Find out who made it, and remove it."
    }
}

# Exclusive lock for the lifetime of this process; Windows releases it when the process is killed.
function Lock-JournalFolder($Path) {
    try {
        $script:JournalLock = [File]::Open($Path, 'OpenOrCreate', 'ReadWrite', 'None')
        return $true
    } catch {
        # ERROR_SHARING_VIOLATION
        if (($_.Exception.GetBaseException().HResult -band 0xffff) -eq 32) { return $false }
        throw
    }
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

# The folders that may be a run's: no files, and no links.
function Get-JournalFolders {
    foreach ($folder in [DirectoryInfo]::new((Get-JournalRoot)).GetDirectories()) {
        if ($folder.Attributes -band [FileAttributes]::ReparsePoint) { continue }
        @{ name = $folder.Name; writtenAt = ConvertTo-UtcText $folder.LastWriteTimeUtc }
    }
}

# With all that is in it. Delete takes a link in it for a link; one that leads to it is refused here.
function Remove-JournalFolder($Name) {
    $path = "$(Get-JournalRoot)\$Name"
    if ((Get-FileFacts $path).reparsePoint) { throw "$path is a link to another place." }
    [Directory]::Delete($path, $true)
}

function Get-JournalLines($Path) {
    if ([File]::Exists($Path)) { [File]::ReadAllLines($Path) | Where-Object { $_ -ne '' } }
}
