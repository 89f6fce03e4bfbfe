# The MachineKeys folder: the RDP key in it, and the keys of others.

$RdpKeyName = $null

# The file name is made here, from the MachineGuid, and never taken from a request.
function Get-RdpKeyName {
    if ($null -ne $script:RdpKeyName) { return $script:RdpKeyName }
    $guid = (Get-WindowsSystem).machineGuid
    if ($guid -notmatch '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z') { throw 'The MachineGuid of this Windows is not a GUID.' }
    $script:RdpKeyName = $RdpKeyPrefix + $guid
    return $script:RdpKeyName
}

function Get-RdpKeyPath {
    return (Get-MachineKeysPath) + '\' + (Get-RdpKeyName)
}

function Get-KeysSection {
    $folderPath = Get-MachineKeysPath
    $keyName = Get-RdpKeyName
    $folder = Get-FileFacts -Path $folderPath
    $key = Get-FileFacts -Path "$folderPath\$keyName"
    $others = Get-OtherKeys
    $leaning = @(foreach ($certificate in @(Get-StoreCertificates -Store 'My')) {
        if ($null -eq $certificate.key.file) { continue }
        @{
            thumbprint = $certificate.thumbprint
            subject = $certificate.subject
            file = $certificate.key.file
            usable = $certificate.key.usable
            usedBy = @(Get-CertificateUsers -Thumbprint $certificate.thumbprint)
        }
    })
    return @{
        folder = if ($null -eq $folder) { $null } else {
            @{ path = $folderPath; reparsePoint = $folder.reparsePoint; owner = $folder.owner; sddl = $folder.sddl }
        }
        rdpKey = if ($null -eq $key) { $null } else {
            @{ name = $keyName; bytes = $key.bytes; reparsePoint = $key.reparsePoint; owner = $key.owner; sddl = $key.sddl }
        }
        others = @{ count = $others.count; unreadable = $others.unreadable; digest = $others.digest }
        leaning = $leaning
    }
}

# All files of the folder but the RDP key. The digest changes when one comes, goes or changes its size.
function Get-OtherKeys {
    $folderPath = Get-MachineKeysPath
    $keyName = Get-RdpKeyName
    $files = @()
    if ($null -ne (Get-FileFacts -Path $folderPath)) {
        $files = @(Get-FolderFiles -Path $folderPath | Where-Object -FilterScript { $_.name -ne $keyName })
    }
    $lines = [string[]]@($files | ForEach-Object -Process { "$($_.name):$($_.bytes)" })
    [array]::Sort($lines, [System.StringComparer]::Ordinal)
    $digest = Get-Sha256 ([System.Text.Encoding]::UTF8.GetBytes($lines -join "`n"))
    return @{
        count = $files.Count
        unreadable = @($files | Where-Object -FilterScript { -not $_.readable }).Count
        digest = $digest.Substring(0, 16).ToLowerInvariant()
    }
}
