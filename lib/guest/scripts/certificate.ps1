# Which certificate the listener presents.

function Get-CertificateSection {
    $remoteDesktop = @(Get-StoreCertificates 'Remote Desktop')
    $custom = Get-DeclaredData 'rdp-tcp/SSLCertificateSHA1Hash'
    $inUse = if ($custom) {
        Find-Certificate (@(Get-StoreCertificates 'My') + $remoteDesktop) $custom
    } else {
        Find-Certificate $remoteDesktop (Get-DeclaredData 'winstations/SelfSignedCertificate')
    }
    $section = @{
        origin = Get-CertificateOrigin
        inUse = $inUse
        others = @($remoteDesktop | Where-Object { -not $inUse -or $_.thumbprint -ne $inUse.thumbprint })
        keyFile = Get-ChosenKeyFile
    }
    $denied = @(Get-StoreDenials 'Remote Desktop')
    if ($denied.Count -gt 0) { $section.writeDenied = $denied }
    return $section
}

# The key file of the certificate that an administrator bound the listener to; $null when none is bound.
function Get-ChosenKeyPath {
    $custom = Get-DeclaredData 'rdp-tcp/SSLCertificateSHA1Hash'
    if ($null -eq $custom -or $custom.type -ne 'binary') { return $null }
    return Get-CertificateKeyPath -Store 'My' -Thumbprint $custom.data
}

function Get-ChosenKeyFile {
    $path = Get-ChosenKeyPath
    if (-not $path) { return $null }
    $facts = Get-FileFacts $path
    if (-not $facts) { return $null }
    return @{ path = $path; owner = $facts.owner; sddl = $facts.sddl; reparsePoint = $facts.reparsePoint }
}

# The certificate that a pointer in the registry leads to, or $null.
function Find-Certificate($Certificates, $Pointer) {
    if ($null -eq $Pointer -or $Pointer.type -ne 'binary') { return $null }
    return $Certificates | Where-Object { $_.thumbprint -eq $Pointer.data } | Select-Object -First 1
}

# Whether Windows has a usable certificate that it made itself: in use, not expired, and with a key that works.
function Test-SelfSignedReady {
    $certificate = Find-Certificate @(Get-StoreCertificates 'Remote Desktop') (Get-DeclaredData 'winstations/SelfSignedCertificate')
    if (-not $certificate -or -not $certificate.key.usable) { return $false }
    return (ConvertFrom-UtcText $certificate.notAfter) -gt (ConvertFrom-UtcText (Get-UtcNow))
}
