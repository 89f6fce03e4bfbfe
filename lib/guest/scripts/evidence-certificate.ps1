# Which certificate the listener presents.

function Get-CertificateSection {
    $remoteDesktop = @(Get-StoreCertificates -Store 'Remote Desktop')
    $custom = Get-DeclaredData 'rdp-tcp/SSLCertificateSHA1Hash'
    if ($null -ne $custom) {
        $inUse = Find-Certificate (@(Get-StoreCertificates -Store 'My') + $remoteDesktop) $custom
    } else {
        $inUse = Find-Certificate $remoteDesktop (Get-DeclaredData 'winstations/SelfSignedCertificate')
    }
    $inUseThumbprint = if ($null -ne $inUse) { $inUse.thumbprint } else { '' }
    return @{
        origin = Get-CertificateOrigin
        inUse = $inUse
        others = @($remoteDesktop | Where-Object -FilterScript { $_.thumbprint -ne $inUseThumbprint })
    }
}

# The certificate that a pointer in the registry leads to, or $null.
function Find-Certificate {
    param([object[]]$Certificates, $Pointer)
    if ($null -eq $Pointer -or $Pointer.type -ne 'binary') { return $null }
    foreach ($certificate in $Certificates) {
        if ($certificate.thumbprint -eq $Pointer.data) { return $certificate }
    }
    return $null
}

# Whether Windows has a certificate of its own making to present: in use, not expired, and with a key that works.
function Test-SelfSignedReady {
    $certificate = Find-Certificate @(Get-StoreCertificates -Store 'Remote Desktop') (Get-DeclaredData 'winstations/SelfSignedCertificate')
    if ($null -eq $certificate -or -not $certificate.key.usable) { return $false }
    $culture = [cultureinfo]::InvariantCulture
    return [System.DateTimeOffset]::Parse($certificate.notAfter, $culture) -gt [System.DateTimeOffset]::Parse((Get-UtcNow), $culture)
}
