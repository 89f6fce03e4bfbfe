# What SessionEnv replaces by itself when it starts and finds its certificate or key wanting. It is noted just before:
#   back-up-rdp-certificate { certificates, pointer, key }   the blobs of the self-signed certificates of "Remote Desktop" by
#                  thumbprint, the registry's pointer to the one in use, and the key, of which a copy is kept
# Whatever Windows made since is Windows' own and no conflict: on a rollback it goes, and what was there comes back.

$SelfSignedPointer = 'winstations/SelfSignedCertificate'

function New-RdpCertificateBackup($Journal) {
    $path = Get-RdpKeyPath
    return @{
        kind = 'back-up-rdp-certificate'
        certificates = Get-SelfSignedBlobs
        pointer = Get-DeclaredData $SelfSignedPointer
        key = @{ path = $path; there = Test-PathExists $path; sha256 = Get-KnownSha256 $path; copy = Get-AsidePath $Journal 'kept-key' }
    }
}

function Get-SelfSignedBlobs {
    $blobs = @{}
    foreach ($certificate in @(Get-StoreCertificates 'Remote Desktop' | Where-Object { $_.selfSigned })) {
        $blobs[$certificate.thumbprint] = Get-CertificateBlob -Store 'Remote Desktop' -Thumbprint $certificate.thumbprint
    }
    return $blobs
}

# A key that SYSTEM cannot read cannot be copied, nor can SessionEnv replace it.
function Copy-RdpKey($Key) {
    if (-not $Key.sha256) { return }
    Copy-SecuredFile -Path $Key.path -Destination $Key.copy
    if ((Get-FileSha256 $Key.copy) -ne $Key.sha256) { throw "The copy of $($Key.path) is not equal to it." }
}

function Get-RdpCertificateInverse($Kept, $Journal) {
    $former = $Kept.certificates
    foreach ($thumbprint in @($former.get_Keys()) + @((Get-SelfSignedBlobs).get_Keys()) | Sort-Object -Unique) {
        $resource = @{ kind = 'certificate'; thumbprint = $thumbprint }
        # The blob of one that stayed may have other properties by now.
        if (-not $former.Contains($thumbprint) -or -not (Get-ResourceState $resource)) { New-ResourceOperation $resource $former[$thumbprint] }
    }
    New-ResourceOperation (New-DeclaredResource $SelfSignedPointer) $Kept.pointer
    $key = $Kept.key
    $born = Test-PathExists $key.path
    $aside = if ($born) { Get-AsidePath $Journal 'born-key' }
    if (-not $key.there -and $born) { New-Replacement $key.path $aside $null }
    if (-not $key.sha256 -or (Get-KnownSha256 $key.path) -eq $key.sha256) { return }
    if ((Get-KnownSha256 $key.copy) -ne $key.sha256) { throw "The kept copy of $($key.path) is gone or damaged." }
    New-Replacement $key.path $aside $key.copy
}
