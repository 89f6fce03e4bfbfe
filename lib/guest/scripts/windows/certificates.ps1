# Certificates of the machine, and whether their keys do their work.

$SystemCertificates = 'SOFTWARE\Microsoft\SystemCertificates'

# 0 invalid, 1 self-signed, 2 chosen by policy, 3 chosen by somebody; $null when WMI does not answer.
function Get-CertificateOrigin {
    try {
        $setting = Get-CimInstance -Namespace root/cimv2/TerminalServices -ClassName Win32_TSGeneralSetting -Filter "TerminalName = 'RDP-Tcp'"
        return @('invalid', 'self-signed', 'policy', 'custom')[[int]$setting.SSLCertificateSHA1HashType]
    } catch {
        return $null
    }
}

function Get-StoreCertificates {
    param([string]$Store)
    # Opening a store that is not there would make it.
    $key = Open-MachineKey "$SystemCertificates\$Store"
    if ($null -eq $key) { return }
    $key.Dispose()
    $opened = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'LocalMachine'
    $opened.Open('ReadOnly, OpenExistingOnly')
    try {
        foreach ($certificate in $opened.Certificates) { Get-CertificateFacts $certificate $Store }
    } finally {
        $opened.Close()
    }
}

function Get-CertificateFacts {
    param($Certificate, [string]$Store)
    $algorithm = switch ($Certificate.PublicKey.Oid.Value) { '1.2.840.113549.1.1.1' { 'RSA' } '1.2.840.10045.2.1' { 'ECDSA' } default { 'other' } }
    $usages = foreach ($extension in $Certificate.Extensions) {
        if ($extension -is [System.Security.Cryptography.X509Certificates.X509EnhancedKeyUsageExtension]) {
            foreach ($usage in $extension.EnhancedKeyUsages) { [string]$usage.Value }
        }
    }
    return @{
        thumbprint = $Certificate.Thumbprint.ToUpperInvariant()
        store = $Store
        subject = [string]$Certificate.Subject
        selfSigned = (ConvertTo-Hex $Certificate.SubjectName.RawData) -eq (ConvertTo-Hex $Certificate.IssuerName.RawData)
        notBefore = ConvertTo-UtcText $Certificate.NotBefore
        notAfter = ConvertTo-UtcText $Certificate.NotAfter
        keyAlgorithm = $algorithm
        keySize = Get-PublicKeySize $Certificate $algorithm
        keyUsages = @($usages)
        key = Get-CertificateKey $Certificate $algorithm
    }
}

function Get-PublicKeySize {
    param($Certificate, [string]$Algorithm)
    $key = switch ($Algorithm) {
        'RSA' { [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($Certificate) }
        'ECDSA' { [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPublicKey($Certificate) }
        default { return 0 }
    }
    try { return [int]$key.KeySize } finally { $key.Dispose() }
}

# Where the key is said to be, and whether it does what a handshake needs: to sign, as SYSTEM.
function Get-CertificateKey {
    param($Certificate, [string]$Algorithm)
    Import-NativeCalls
    $provider = [RdpRemediation.Native]::GetKeyProvider($Certificate.Handle)
    $key = @{ present = [bool]$Certificate.HasPrivateKey; provider = $null; container = $null; file = $null; usable = $false; error = $null }
    if ($null -ne $provider) {
        $key.container = $provider[0]
        $key.provider = $provider[1]
        # CNG keeps its keys elsewhere (type 0); so does a key that is not the machine's (flag 0x20).
        if ($provider[2] -ne 0 -and ($provider[3] -band 0x20)) { $key.file = Find-KeyFile $provider[0] }
    }
    try {
        Test-Signature $Certificate $Algorithm
        $key.usable = $true
    } catch {
        $key.error = Get-FailureText $_
    }
    return $key
}

# Throws what Windows says when the key cannot be opened or cannot sign. SHA-1 because the provider of the RDP
# certificate signs no other hash; nothing is hashed, and the signature is thrown away.
function Test-Signature {
    param($Certificate, [string]$Algorithm)
    $hash = New-Object -TypeName byte[] -ArgumentList 20
    switch ($Algorithm) {
        'RSA' {
            $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
            if ($null -eq $key) { throw 'The certificate has no private key.' }
            try {
                $null = $key.SignHash($hash, [System.Security.Cryptography.HashAlgorithmName]::SHA1, [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
            } finally {
                $key.Dispose()
            }
        }
        'ECDSA' {
            $key = [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($Certificate)
            if ($null -eq $key) { throw 'The certificate has no private key.' }
            try { $null = $key.SignHash($hash) } finally { $key.Dispose() }
        }
        default { throw 'A key of this algorithm was not tried.' }
    }
}

# The file of a key container in MachineKeys, whether or not the key in it opens; $null when there is none. Its name is
# the MD5 of the container's name in small letters, each four bytes turned round, and the MachineGuid.
function Find-KeyFile {
    param([string]$Container)
    if ($Container -cnotmatch '\A[\x20-\x7e]+\z') { return $null }
    try {
        $md5 = [System.Security.Cryptography.MD5]::Create()
    } catch {
        # FIPS allows no MD5: then the name cannot be told.
        return $null
    }
    try { $hash = $md5.ComputeHash([System.Text.Encoding]::ASCII.GetBytes($Container.ToLowerInvariant() + [char]0)) } finally { $md5.Dispose() }
    for ($at = 0; $at -lt 16; $at += 4) { [array]::Reverse($hash, $at, 4) }
    $guid = (Get-RegistryData -Key 'SOFTWARE\Microsoft\Cryptography' -Name 'MachineGuid').data
    $name = (ConvertTo-Hex $hash).ToLowerInvariant() + '_' + $guid
    if (-not [System.IO.File]::Exists((Get-MachineKeysPath) + '\' + $name)) { return $null }
    return $name
}

# The registry holds a certificate with its properties, among them the name of its key: what a backup needs.
function Get-CertificateBlob {
    param([string]$Store, [string]$Thumbprint)
    $data = Get-RegistryData -Key "$SystemCertificates\$Store\Certificates\$Thumbprint" -Name 'Blob'
    if ($null -eq $data) { return $null }
    return [System.Convert]::ToBase64String((ConvertFrom-Hex $data.data))
}

function Set-CertificateBlob {
    param([string]$Store, [string]$Thumbprint, [string]$Blob)
    $hex = ConvertTo-Hex ([System.Convert]::FromBase64String($Blob))
    Set-RegistryData -Key "$SystemCertificates\$Store\Certificates\$Thumbprint" -Name 'Blob' -Type 'binary' -Data $hex
}

# One certificate by its thumbprint, and never the store. The key stays.
function Remove-StoreCertificate {
    param([string]$Store, [string]$Thumbprint)
    $opened = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'LocalMachine'
    $opened.Open('ReadWrite, OpenExistingOnly')
    try {
        $found = @($opened.Certificates | Where-Object -FilterScript { $_.Thumbprint -eq $Thumbprint })
        if ($found.Count -ne 1) { throw "There is no certificate $Thumbprint in $Store." }
        $opened.Remove($found[0])
    } finally {
        $opened.Close()
    }
}
