# The journal's folder, which is ours.

$PrivateOwner = 'S-1-5-18'
$PrivateSddl = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'

function Get-JournalRoot {
    return (Get-ProgramDataPath) + '\RdpRemediation'
}

# Everybody may make folders in ProgramData. One of our name that somebody else has made would let them read the keys
# in it and write what an undo believes: such a folder is refused, whatever it holds.
function New-PrivateFolder {
    param([string]$Path)
    if (-not (Test-PathTaken $Path)) {
        $parent = [System.IO.Path]::GetDirectoryName($Path)
        if ($parent -ne (Get-ProgramDataPath)) { New-PrivateFolder -Path $parent }
        New-SecuredFolder -Path $Path -Owner $PrivateOwner -Sddl $PrivateSddl
    }
    $facts = Get-FileFacts -Path $Path
    $ours = $facts.folder -and -not $facts.reparsePoint -and @($PrivateOwner, 'S-1-5-32-544') -contains $facts.owner
    $sddl = $facts.sddl -replace '\AD:[A-Z]*', 'D:'
    if (-not $ours -or $sddl -cne ($PrivateSddl -replace '\AD:[A-Z]*', 'D:') -or $facts.sddl -cnotmatch '\AD:[A-Z]*P') {
        throw "$Path is not a folder for SYSTEM and Administrators alone. Look who made it, and remove it."
    }
}

# Held for as long as this process lives. A process that was killed holds nothing any more.
function Lock-JournalFolder {
    param([string]$Path)
    try {
        $script:JournalLock = [System.IO.File]::Open($Path, [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None)
        return $true
    } catch {
        # 32: somebody else has it open.
        if (($_.Exception.GetBaseException().HResult -band 0xffff) -ne 32) { throw }
        return $false
    }
}

function New-MarkerFile {
    param([string]$Path)
    try {
        [System.IO.File]::Open($Path, [System.IO.FileMode]::CreateNew).Dispose()
        return $true
    } catch {
        if (-not [System.IO.File]::Exists($Path)) { throw }
        return $false
    }
}

# A line break on both sides, so that a line torn by a kill spoils no other one.
function Add-JournalLine {
    param([string]$Path, [string]$Line)
    $bytes = [System.Text.Encoding]::ASCII.GetBytes("`n$Line`n")
    $stream = New-Object -TypeName System.IO.FileStream -ArgumentList $Path, 'Append', 'Write', 'Read', 4096, 'WriteThrough'
    try {
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

function Get-JournalLines {
    param([string]$Path)
    if (-not [System.IO.File]::Exists($Path)) { return }
    foreach ($line in [System.IO.File]::ReadAllLines($Path)) { if ($line -ne '') { $line } }
}
