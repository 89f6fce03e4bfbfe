# What is ever done to Windows: plain data, so that the journal can hold it, with two things to ask of each.
#   resource { resource, from, to }     (resources.ps1)
#   replace { path, out, in, sha256 }   what stands at path goes to out, and what waits at in goes to path; $null is nothing.
#                   A file, whose hash is that of what goes out; or, with carry, the MachineKeys folder, whose other keys
#                   are carried along. With make, the folder that waits is made first
#   back-up-rdp-certificate (rdp-certificate-backup.ps1), stop-services (services.ps1)

function Invoke-Operation($Operation) {
    switch ($Operation.kind) {
        'resource' {
            Set-ResourceState $Operation.resource $Operation.to
            if ($null -eq $Operation.to) { Assert-Removed $Operation.resource }
        }
        'replace' { Invoke-Replacement $Operation }
        'back-up-rdp-certificate' { Copy-RdpKey $Operation.key }
        'stop-services' { foreach ($name in $Operation.names) { Stop-ServiceWithTimeout $name } }
    }
}

# The operations that restore the state before this operation, none when it is restored already; and a conflict, one
# sentence, when somebody has changed the operation's result since.
function Get-InverseOperation($Operation, $Journal) {
    switch ($Operation.kind) {
        'resource' {
            # A key that somebody uses by now stays; one that is wanted back and is there is no work.
            if ($Operation.resource.kind -eq 'registry-key' -and (Get-ResourceState $Operation.resource) -eq 'used') {
                return New-Inverse @() $(if (-not $Operation.from) { "$(Get-ResourceName $Operation.resource) holds something else by now." })
            }
            $back = @(New-ResourceOperation $Operation.resource $Operation.from)
            $changed = $back.Count -gt 0 -and -not (Compare-State $back[0].from $Operation.to)
            return New-Inverse $back $(if ($changed) { "$(Get-ResourceName $Operation.resource) was changed since." })
        }
        'replace' { return Get-ReplacementInverse $Operation $Journal }
        'back-up-rdp-certificate' { return New-Inverse @(Get-RdpCertificateInverse $Operation $Journal) }
        'stop-services' { return New-Inverse @() }
    }
}

function New-Inverse($Operations, $Conflict) {
    return @{ operations = $Operations; conflict = $Conflict }
}

function New-Replacement($Path, $Out, $In) {
    return @{ kind = 'replace'; path = $Path; out = $Out; in = $In; sha256 = Get-KnownSha256 $Path }
}

# On one volume, so that owner and permissions stay.
function Invoke-Replacement($Operation) {
    $path = $Operation.path
    if ($Operation['make']) { New-SecuredFolder -Path $Operation.in -Owner $MachineKeysDefault.owner -Sddl $MachineKeysDefault.sddl }
    # The folder is missing only for the time of two renames. Files that are created in it just before them are copied
    # afterwards.
    if ($Operation['carry']) { Copy-OtherKeys $path $Operation.in $Operation.out }
    $aside = $Operation.out -and (Test-PathExists $path)
    if ($aside) { Rename-FileItem -Path $path -NewPath $Operation.out }
    try {
        if ($Operation.in) { Rename-FileItem -Path $Operation.in -NewPath $path }
    } catch {
        # Windows keeps a file or folder in this place, whatever happens to the rollback.
        if ($aside) { Rename-FileItem -Path $Operation.out -NewPath $path }
        throw
    }
    if ($Operation['carry']) { Copy-OtherKeys $Operation.out $path $Operation.out }
}

# What was created with this name since is moved into this run's folder.
function Get-ReplacementInverse($Operation, $Journal) {
    $path = $Operation.path
    $kept = $Operation.out -and (Test-PathExists $Operation.out)
    # A folder that is not there yet may never have been made.
    $taken = $Operation.in -and -not $Operation['make'] -and -not (Test-PathExists $Operation.in)
    # After a kill between an inverse operation and its journal line, the former state is restored already, whatever the
    # journal says.
    $standing = if ($Operation.in) { Test-PathExists $Operation.in } else { (Test-PathExists $path) -and (-not $Operation.sha256 -or (Get-KnownSha256 $path) -eq $Operation.sha256) }
    if (-not $kept -and $standing) { return New-Inverse @() }
    $begun = $kept -or $taken -or $Operation['done']
    $former = $Operation.sha256 -or $Operation['carry']
    if (-not $kept -and $former -and ($begun -or -not (Test-PathExists $path))) { return New-Inverse @() "$path cannot come back, because $($Operation.out) is gone." }
    if (-not $begun) { return New-Inverse @() }
    $out = $Operation.in
    if (-not $out -and (Test-PathExists $path)) { $out = Get-AsidePath $Journal ($path -replace '\A.*\\') }
    $back = New-Replacement $path $out $Operation.out
    if ($Operation['carry']) { $back.carry = $true }
    $damaged = $kept -and $Operation.sha256 -and (Get-KnownSha256 $Operation.out) -ne $Operation.sha256
    return New-Inverse @($back) $(if ($damaged) { "$($Operation.out) is not what was put aside there." })
}

function Test-PathExists($Path) {
    return $null -ne (Get-FileFacts $Path)
}

# $null for what is not there, for a folder or a link, and for a file that SYSTEM may not read.
function Get-KnownSha256($Path) {
    $facts = Get-FileFacts $Path
    if (-not $facts -or $facts.folder -or $facts.reparsePoint) { return $null }
    try { return Get-FileSha256 $Path } catch { return $null }
}

# Copies the keys of the folder that was in use, with owner and permissions, to one that lacks them or has them as they
# were before they were made anew; an older one goes aside. The RDP key stays behind: each folder has its own. So do
# keys that SYSTEM may not read.
function Copy-OtherKeys($From, $To, $Older) {
    if (-not (Test-PathExists $From)) { return }
    $own = Get-RdpKeyName
    foreach ($file in @(Get-FolderFiles $From)) {
        if (-not $file.readable -or $file.name -eq $own) { continue }
        $source, $destination = "$From\$($file.name)", "$To\$($file.name)"
        if (Test-PathExists $destination) {
            if ((Get-KnownSha256 $destination) -eq (Get-FileSha256 $source)) { continue }
            Rename-FileItem -Path $destination -NewPath (Get-FreePath "$Older-$($file.name)")
        }
        Copy-SecuredFile -Path $source -Destination $destination
    }
}

# This name or, when it is taken, the first free one with a number.
function Get-FreePath($Path) {
    $free = $Path
    for ($number = 2; Test-PathExists $free; $number += 1) { $free = "$Path-$number" }
    return $free
}
