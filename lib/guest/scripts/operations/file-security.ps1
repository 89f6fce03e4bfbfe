# file-security { path, sha256, before, after }: owner and access part of one file or folder. The hash, of a file that
# could be read, tells this file from one that was made since under its name.
$OperationKinds['file-security'] = @{
    Do = {
        param($Operation)
        Set-FileSecurity -Path $Operation.path -Owner $Operation.after.owner -Sddl $Operation.after.sddl
    }
    Undo = {
        param($Operation)
        $facts = Get-FileFacts -Path $Operation.path
        if ($null -eq $facts) { return New-WayBack -Conflict "$($Operation.path) is no longer there." }
        if (Test-SameSecurity $facts $Operation.before) { return New-WayBack }
        $conflict = ''
        if (-not (Test-SameSecurity $facts $Operation.after)) { $conflict = "The permissions of $($Operation.path) were changed since." }
        if (-not (Test-SameFile $Operation.path $Operation.sha256)) { $conflict = "$($Operation.path) is another file since." }
        $present = @{ owner = $facts.owner; sddl = $facts.sddl }
        return New-WayBack (New-SecurityOperation $Operation.path $present $Operation.before) $conflict
    }
}

function New-SecurityOperation {
    param([string]$Path, $Before, $After)
    return @{ kind = 'file-security'; path = $Path; sha256 = Get-KnownSha256 $Path; before = $Before; after = $After }
}

# $null for a folder, and for a file that SYSTEM may not read: faulty permissions are what we repair.
function Get-KnownSha256 {
    param([string]$Path)
    $facts = Get-FileFacts -Path $Path
    if ($null -eq $facts -or $facts.folder) { return $null }
    try { return Get-FileSha256 -Path $Path } catch { return $null }
}

# Whether the file at this path has this hash; not known counts as yes.
function Test-SameFile {
    param([string]$Path, $Sha256)
    if ($null -eq $Sha256) { return $true }
    $present = Get-KnownSha256 $Path
    return $null -eq $present -or $present -eq $Sha256
}
