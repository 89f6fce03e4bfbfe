# make-folder { path }: an empty MachineKeys folder with the default permissions, in this run's folder. Nothing uses it
# yet, so there is nothing to take back.
$OperationKinds['make-folder'] = @{
    Do = {
        param($Operation)
        New-SecuredFolder -Path $Operation.path -Owner $MachineKeysDefault.owner -Sddl $MachineKeysDefault.sddl
    }
    Undo = { return New-WayBack }
}

# replace-folder { path, aside, incoming }: carries the keys of the MachineKeys folder at path over to the incoming
# one, then puts the old folder aside and the incoming one in its place, within milliseconds. The way back is the same
# operation the other way round, so keys of others that were born since are never lost.
$OperationKinds['replace-folder'] = @{
    Do = {
        param($Operation)
        if ($null -ne (Get-FileFacts -Path $Operation.path)) {
            Copy-OtherKeys $Operation.path $Operation.incoming
            Rename-FileItem -Path $Operation.path -NewPath $Operation.aside
        }
        Rename-FileItem -Path $Operation.incoming -NewPath $Operation.path
        # Keys that were born in between.
        if ($null -ne (Get-FileFacts -Path $Operation.aside)) { Copy-OtherKeys $Operation.aside $Operation.path }
    }
    Undo = {
        param($Operation, $Journal)
        if ($null -eq (Get-FileFacts -Path $Operation.aside)) {
            if ($null -ne (Get-FileFacts -Path $Operation.incoming)) { return New-WayBack }
            return New-WayBack -Conflict "$($Operation.path) stays: the former folder $($Operation.aside) is gone."
        }
        $back = @{
            kind = 'replace-folder'
            path = $Operation.path
            aside = Get-AsidePath $Journal 'MachineKeys'
            incoming = $Operation.aside
        }
        $changed = @(Get-ChangedKeys $Operation.path $Operation.aside)
        $conflict = ''
        if ($changed.Count -gt 0) { $conflict = "$($changed.Count) keys in $($Operation.path) were renewed since, the first is $($changed[0])." }
        return New-WayBack $back $conflict
    }
}

# Copies the keys that the other folder lacks, with owner and permissions. The RDP key stays behind: Windows is to make
# it anew, or it is in the other folder already. So do keys that SYSTEM may not read.
function Copy-OtherKeys {
    param([string]$From, [string]$To)
    foreach ($name in @(Get-ReadableKeys $From)) {
        if ($null -eq (Get-FileFacts -Path "$To\$name")) { Copy-SecuredFile -Path "$From\$name" -Destination "$To\$name" }
    }
}

# Names of the keys that both folders have, with different content.
function Get-ChangedKeys {
    param([string]$Folder, [string]$Other)
    if ($null -eq (Get-FileFacts -Path $Folder)) { return }
    foreach ($name in @(Get-ReadableKeys $Folder)) {
        $former = Get-KnownSha256 "$Other\$name"
        if ($null -ne $former -and -not (Test-SameFile "$Folder\$name" $former)) { $name }
    }
}

function Get-ReadableKeys {
    param([string]$Folder)
    $keyName = Get-RdpKeyName
    foreach ($file in @(Get-FolderFiles -Path $Folder)) {
        if ($file.readable -and $file.name -ne $keyName) { $file.name }
    }
}
