# What is ever done to Windows: plain data, so that the journal can hold it, with two things to ask of each.
#   place { place, from, to }        (places.ps1)
#   swap { path, out, in, sha256 }   what stands at path goes to out, and what waits at in goes to path; $null is nothing.
#                   A file, whose hash is that of what goes out; or, with carry, the MachineKeys folder, whose other keys
#                   are carried along. With make, the folder that waits is made first
#   keep-identity (identity.ps1), stop-services (services.ps1)

function Invoke-Deed($Deed) {
    switch ($Deed.kind) {
        'place' { Write-Place $Deed.place $Deed.to }
        'swap' { Invoke-Swap $Deed }
        'keep-identity' { Copy-RdpKey $Deed.key }
        'stop-services' { foreach ($name in $Deed.names) { Stop-ServiceFirmly $name } }
    }
}

# What it takes now to have the state before the deed again: deeds, none when that is so, and a conflict, one
# sentence, when somebody changed since what the deed had made.
function Get-WayBack($Deed, $Journal) {
    switch ($Deed.kind) {
        'place' {
            $back = @(New-PlaceDeed $Deed.place $Deed.from)
            $changed = $back.Count -gt 0 -and -not (Test-Same $back[0].from $Deed.to)
            return New-WayBack $back $(if ($changed) { "$(Get-PlaceName $Deed.place) was changed since." })
        }
        'swap' { return Get-SwapWayBack $Deed $Journal }
        'keep-identity' { return New-WayBack @(Get-IdentityWayBack $Deed $Journal) }
        'stop-services' { return New-WayBack @() }
    }
}

function New-WayBack($Deeds, $Conflict) {
    return @{ deeds = $Deeds; conflict = $Conflict }
}

function New-Swap($Path, $Out, $In) {
    return @{ kind = 'swap'; path = $Path; out = $Out; in = $In; sha256 = Get-KnownSha256 $Path }
}

# On one volume, so that owner and permissions stay.
function Invoke-Swap($Deed) {
    $path = $Deed.path
    if ($Deed['make']) { New-SecuredFolder -Path $Deed.in -Owner $MachineKeysDefault.owner -Sddl $MachineKeysDefault.sddl }
    # The folder is gone for no longer than two renames take, and what is born in it just before them is carried after.
    if ($Deed['carry']) { Copy-OtherKeys $path $Deed.in $Deed.out }
    if ($Deed.out -and (Test-There $path)) { Rename-FileItem -Path $path -NewPath $Deed.out }
    if ($Deed.in) { Rename-FileItem -Path $Deed.in -NewPath $path }
    if ($Deed['carry']) { Copy-OtherKeys $Deed.out $path $Deed.out }
}

# What was born under the name since goes into this run's folder.
function Get-SwapWayBack($Deed, $Journal) {
    $path = $Deed.path
    $kept = $Deed.out -and (Test-There $Deed.out)
    # A folder that is not there yet may never have been made.
    $taken = $Deed.in -and -not $Deed['make'] -and -not (Test-There $Deed.in)
    # After a kill between a way back and its mark all stands as before, whatever the journal says.
    $standing = if ($Deed.in) { Test-There $Deed.in } else { (Test-There $path) -and (-not $Deed.sha256 -or (Get-KnownSha256 $path) -eq $Deed.sha256) }
    if (-not $kept -and $standing) { return New-WayBack @() }
    $begun = $kept -or $taken -or $Deed['done']
    $former = $Deed.sha256 -or $Deed['carry']
    if (-not $kept -and $former -and ($begun -or -not (Test-There $path))) { return New-WayBack @() "$path cannot come back, because $($Deed.out) is gone." }
    if (-not $begun) { return New-WayBack @() }
    $out = $Deed.in
    if (-not $out -and (Test-There $path)) { $out = Get-AsidePath $Journal ($path -replace '\A.*\\') }
    $back = New-Swap $path $out $Deed.out
    if ($Deed['carry']) { $back.carry = $true }
    $damaged = $kept -and $Deed.sha256 -and (Get-KnownSha256 $Deed.out) -ne $Deed.sha256
    return New-WayBack @($back) $(if ($damaged) { "$($Deed.out) is not what was put aside there." })
}

function Test-There($Path) {
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
    if (-not (Test-There $From)) { return }
    foreach ($file in @(Get-FolderFiles $From)) {
        if (-not $file.readable -or $file.name -eq (Get-RdpKeyName)) { continue }
        $source, $destination = "$From\$($file.name)", "$To\$($file.name)"
        if (Test-There $destination) {
            if ((Get-KnownSha256 $destination) -eq (Get-FileSha256 $source)) { continue }
            Rename-FileItem -Path $destination -NewPath (Get-FreePath "$Older-$($file.name)")
        }
        Copy-SecuredFile -Path $source -Destination $destination
    }
}

# This name or, where something has it, the first with a number that nothing has.
function Get-FreePath($Path) {
    $free = $Path
    for ($number = 2; Test-There $free; $number += 1) { $free = "$Path-$number" }
    return $free
}
