# remove-rdp-certificate { thumbprint, was }: one certificate of the store "Remote Desktop", and only one that Windows
# made itself: an enrolled one does not come back by itself.
$ChangeKinds['remove-rdp-certificate'] = @{
    Target = { param($Change) "certificate $($Change.thumbprint)" }
    Forbid = {
        param($Change)
        if ($Change['thumbprint'] -cnotmatch '\A[0-9A-F]{40}\z') { return 'A certificate is named by its thumbprint.' }
    }
    Differ = {
        param($Change)
        $certificate = Find-RdpCertificate $Change.thumbprint
        if ($null -eq $certificate) { return }
        if (-not $certificate.selfSigned) { return "Certificate $($Change.thumbprint) is not self-signed, and would not come back." }
        if ($null -eq $Change['was'] -or $certificate.notAfter -ne $Change.was['notAfter']) { return "Certificate $($Change.thumbprint) is not the one that was seen." }
    }
    Operations = {
        param($Change)
        if ($null -ne (Find-RdpCertificate $Change.thumbprint)) { New-RemoveCertificateOperation $Change.thumbprint }
    }
}

function Find-RdpCertificate {
    param([string]$Thumbprint)
    foreach ($certificate in @(Get-StoreCertificates -Store 'Remote Desktop')) {
        if ($certificate.thumbprint -eq $Thumbprint) { return $certificate }
    }
}
