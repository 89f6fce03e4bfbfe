# The MachineKeys folder: the RDP key in it, and the keys of others.

$RdpKeyName = $null

# The file name is made here, from the MachineGuid, and never taken from a request.
function Get-RdpKeyName {
    if ($null -eq $script:RdpKeyName) {
        $guid = Get-MachineGuid
        if (-not (Test-Guid $guid)) { throw 'The MachineGuid of this Windows is not a GUID.' }
        $script:RdpKeyName = $RdpKeyPrefix + $guid
    }
    return $script:RdpKeyName
}

function Get-RdpKeyPath {
    return (Get-MachineKeysPath) + '\' + (Get-RdpKeyName)
}

function Get-KeysSection {
    $others = Get-OtherKeys
    $folder = Get-FileFacts (Get-MachineKeysPath)
    $key = Get-FileFacts (Get-RdpKeyPath)
    return @{
        folder = if ($folder) { @{ path = Get-MachineKeysPath; reparsePoint = $folder.reparsePoint; owner = $folder.owner; sddl = $folder.sddl } }
        rdpKey = if ($key) { @{ name = Get-RdpKeyName; bytes = $key.bytes; reparsePoint = $key.reparsePoint; owner = $key.owner; sddl = $key.sddl } }
        others = @{ count = $others.count; unreadable = $others.unreadable; digest = $others.digest }
        containers = $others.containers
        dependents = @(Get-DependentCertificates)
    }
}

# The certificates of this machine but those of Remote Desktop itself.
function Get-OtherCertificates {
    foreach ($store in 'My', 'WebHosting') { Get-StoreCertificates $store }
}

# The certificates that would miss a key of the folder.
function Get-DependentCertificates {
    foreach ($one in @(Get-OtherCertificates | Where-Object { $_.key.file })) {
        $key = $one.key
        @{ thumbprint = $one.thumbprint; subject = $one.subject; container = $key.container; provider = $key.provider; file = $key.file; usable = $key.usable; usedBy = @(Get-CertificateUsers $one.thumbprint) }
    }
}

# All files of the folder but the RDP key. The digest changes when one comes, goes or changes its size.
function Get-OtherKeys {
    $path = Get-MachineKeysPath
    $files = @()
    $own = Get-RdpKeyName
    if ($null -ne (Get-FileFacts $path)) { $files = @(foreach ($file in Get-FolderFiles $path) { if ($file.name -ne $own) { $file } }) }
    $lines = @(Get-OrdinalOrder @(foreach ($file in $files) { "$($file.name):$($file.bytes)" }))
    $unreadable = 0
    $containers = @(foreach ($file in $files) {
        if (-not $file.readable) { $unreadable += 1 }
        $known = $KnownContainers[($file.name -replace '\A(.{8}).*\z', '$1')]
        if ($known) { $known }
    })
    $digest = Get-Sha256 ([System.Text.Encoding]::UTF8.GetBytes($lines -join "`n"))
    return @{
        containers = @(Get-OrdinalOrder $containers)
        count = $files.Count
        unreadable = $unreadable
        digest = $digest.Substring(0, 16).ToLowerInvariant()
    }
}
