# Certificates of the machine, put back and removed.

function Set-CertificateBlob($Store, $Thumbprint, $Blob) {
    $hex = ConvertTo-Hex ([System.Convert]::FromBase64String($Blob))
    $key = "$SystemCertificates\$Store\Certificates\$Thumbprint"
    New-RegistryKey $key
    Set-RegistryData -Key $key -Name 'Blob' -Type 'binary' -Data $hex
}

# One certificate by its thumbprint, and never the store. The key stays.
function Remove-StoreCertificate($Store, $Thumbprint) {
    $opened = Open-Store $Store 'ReadWrite'
    try {
        $found = @($opened.Certificates | Where-Object { $_.Thumbprint -eq $Thumbprint })
        if ($found.Count -ne 1) { throw "There is no certificate $Thumbprint in $Store." }
        $opened.Remove($found[0])
    } finally {
        $opened.Close()
    }
}
