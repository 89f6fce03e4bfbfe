# keep-identity { certificates, pointer, key }: notes, just before SessionEnv may start, all that SessionEnv replaces by
# itself when it finds its certificate or key wanting: the self-signed certificates of "Remote Desktop", the pointer
# to the one in use, and the key, of which a copy is kept.
$OperationKinds['keep-identity'] = @{
    Do = {
        param($Operation)
        $key = $Operation.key
        if ($null -eq $key.sha256) { return }
        Copy-SecuredFile -Path $key.path -Destination $key.copy
        if ((Get-FileSha256 -Path $key.copy) -ne $key.sha256) { throw "The copy of $($key.path) is not equal to it." }
    }
    # Whatever Windows made since is Windows' own and no conflict: certificates born since go, those that went come back.
    Undo = {
        param($Operation, $Journal)
        $present = @(Get-SelfSignedThumbprints)
        $former = @($Operation.certificates | ForEach-Object -Process { $_.thumbprint })
        $operations = @(
            $present | Where-Object -FilterScript { $former -notcontains $_ } | ForEach-Object -Process { New-RemoveCertificateOperation $_ }
            $Operation.certificates | Where-Object -FilterScript { $present -notcontains $_.thumbprint } |
                ForEach-Object -Process { New-CertificateOperation 'put-certificate' $_.thumbprint $_.blob }
        )
        $declared = $DeclaredValues['winstations/SelfSignedCertificate']
        $pointer = Get-DeclaredData 'winstations/SelfSignedCertificate'
        if (-not (Test-SameData $pointer $Operation.pointer)) {
            $operations += New-RegistryOperation $declared.Key $declared.Name $pointer $Operation.pointer
        }
        return New-WayBack (@($operations) + @(Get-KeyWayBack $Operation.key $Journal))
    }
}

function New-KeepIdentityOperation {
    param($Journal)
    $path = Get-RdpKeyPath
    $key = @{ path = $path; existed = $null -ne (Get-FileFacts -Path $path); sha256 = Get-KnownSha256 $path; copy = Get-AsidePath $Journal 'kept-key' }
    return @{
        kind = 'keep-identity'
        certificates = @(foreach ($thumbprint in @(Get-SelfSignedThumbprints)) {
            @{ thumbprint = $thumbprint; blob = Get-CertificateBlob -Store 'Remote Desktop' -Thumbprint $thumbprint }
        })
        pointer = Get-DeclaredData 'winstations/SelfSignedCertificate'
        key = $key
    }
}

function Get-SelfSignedThumbprints {
    foreach ($certificate in @(Get-StoreCertificates -Store 'Remote Desktop')) {
        if ($certificate.selfSigned) { $certificate.thumbprint }
    }
}

# A key that was replaced or born since goes aside; the kept copy takes its place.
function Get-KeyWayBack {
    param($Key, $Journal)
    $born = $null -ne (Get-FileFacts -Path $Key.path)
    if (-not $Key.existed) {
        if ($born) { New-AsideOperation $Journal $Key.path }
        return
    }
    # Of a key that could not be read there is no copy; nobody but its owner can have replaced it.
    if ($null -eq $Key.sha256) { return }
    if ($born -and (Get-KnownSha256 $Key.path) -eq $Key.sha256) { return }
    if (-not (Test-SameFile $Key.copy $Key.sha256) -or $null -eq (Get-FileFacts -Path $Key.copy)) {
        throw "The kept copy of $($Key.path) is gone or damaged."
    }
    if ($born) { New-AsideOperation $Journal $Key.path }
    New-MoveOperation $Key.copy $Key.path
}
