# put-certificate, remove-certificate { store, thumbprint, blob }: the blob is the certificate as Windows keeps it,
# with the name of its key. The key itself is not in it and is not touched.
$OperationKinds['put-certificate'] = @{
    Do = {
        param($Operation)
        Set-CertificateBlob -Store $Operation.store -Thumbprint $Operation.thumbprint -Blob $Operation.blob
    }
    Undo = {
        param($Operation)
        if ($null -eq (Get-CertificateBlob -Store $Operation.store -Thumbprint $Operation.thumbprint)) { return New-WayBack }
        return New-WayBack (New-CertificateOperation 'remove-certificate' $Operation.thumbprint $Operation.blob)
    }
}

$OperationKinds['remove-certificate'] = @{
    Do = {
        param($Operation)
        Remove-StoreCertificate -Store $Operation.store -Thumbprint $Operation.thumbprint
    }
    Undo = {
        param($Operation)
        if ($null -ne (Get-CertificateBlob -Store $Operation.store -Thumbprint $Operation.thumbprint)) { return New-WayBack }
        return New-WayBack (New-CertificateOperation 'put-certificate' $Operation.thumbprint $Operation.blob)
    }
}

# Always of the store "Remote Desktop": no other store is ever changed.
function New-CertificateOperation {
    param([string]$Kind, [string]$Thumbprint, [string]$Blob)
    return @{ kind = $Kind; store = 'Remote Desktop'; thumbprint = $Thumbprint; blob = $Blob }
}

function New-RemoveCertificateOperation {
    param([string]$Thumbprint)
    $blob = Get-CertificateBlob -Store 'Remote Desktop' -Thumbprint $Thumbprint
    if ($null -eq $blob) { throw "Certificate $Thumbprint cannot be backed up: Windows keeps no copy of it in the registry." }
    return New-CertificateOperation 'remove-certificate' $Thumbprint $blob
}
