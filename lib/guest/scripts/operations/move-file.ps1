# move-file { from, to, sha256 }: one file, on one volume, so that it keeps its owner and permissions. On the way back
# a file that was born under the old name is put aside first.
$OperationKinds['move-file'] = @{
    Do = {
        param($Operation)
        Rename-FileItem -Path $Operation.from -NewPath $Operation.to
    }
    Undo = {
        param($Operation, $Journal)
        $standing = Get-FileFacts -Path $Operation.from
        if ($null -eq (Get-FileFacts -Path $Operation.to)) {
            if ($null -ne $standing) { return New-WayBack }
            return New-WayBack -Conflict "$($Operation.to) is gone, so $($Operation.from) cannot come back."
        }
        $conflict = ''
        if (-not (Test-SameFile $Operation.to $Operation.sha256)) { $conflict = "$($Operation.to) is not the file that was put there." }
        $operations = @()
        if ($null -ne $standing) { $operations += New-AsideOperation $Journal $Operation.from }
        $operations += New-MoveOperation $Operation.to $Operation.from
        return New-WayBack $operations $conflict
    }
}

function New-MoveOperation {
    param([string]$From, [string]$To)
    return @{ kind = 'move-file'; from = $From; to = $To; sha256 = Get-KnownSha256 $From }
}

# Into this run's folder.
function New-AsideOperation {
    param($Journal, [string]$Path)
    return New-MoveOperation $Path (Get-AsidePath $Journal ($Path.Substring($Path.LastIndexOf('\') + 1)))
}
