# Certificates of the machine, as Windows keeps them.

$SystemCertificates = 'SOFTWARE\Microsoft\SystemCertificates'

# $null when WMI does not answer.
function Get-CertificateOrigin {
    try {
        $setting = Get-CimInstance -Namespace root/cimv2/TerminalServices -ClassName Win32_TSGeneralSetting -Filter "TerminalName = 'RDP-Tcp'"
        return @('invalid', 'self-signed', 'policy', 'custom')[$setting.SSLCertificateSHA1HashType]
    } catch {
        return $null
    }
}

function Open-Store($Store, $Access) {
    $opened = [X509Store]::new($Store, 'LocalMachine')
    # Opening a store that is not there would make it.
    $opened.Open("$Access, OpenExistingOnly")
    return $opened
}

# The keys of a store on which an entry denies SYSTEM, or a group that is in its token, to set a value or to make a key.
# That entries which allow it are missing proves nothing: healthy images inherit them.
function Get-StoreDenials($Store) {
    foreach ($key in "$SystemCertificates\$Store", "$SystemCertificates\$Store\Certificates") {
        $opened = $LocalMachine.OpenSubKey($key)
        if (-not $opened) { continue }
        try {
            $rules = @([RegistryAccessRule[]]$opened.GetAccessControl('Access').GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier]) | Where-Object {
                # KEY_SET_VALUE and KEY_CREATE_SUB_KEY; 2 stands for entries that only the keys below inherit.
                $_.AccessControlType -eq 'Deny' -and ([int]$_.RegistryRights -band 6) -and -not ([int]$_.PropagationFlags -band 2) -and
                'S-1-5-18', 'S-1-5-32-544', 'S-1-5-11', 'S-1-1-0' -contains $_.IdentityReference.Value
            })
            if ($rules.Count -gt 0) { @{ key = $key; inherited = @($rules | Where-Object { -not $_.IsInherited }).Count -eq 0 } }
        } finally { $opened.Dispose() }
    }
}

function Get-StoreCertificates($Store) {
    if (@(Get-SubKeyNames $SystemCertificates) -notcontains $Store) { return }
    $opened = Open-Store $Store 'ReadOnly'
    try { foreach ($certificate in $opened.Certificates) { Get-CertificateFacts $certificate $Store } } finally { $opened.Close() }
}

function Get-CertificateFacts($Certificate, $Store) {
    $public = Get-PublicKeyFacts $Certificate
    return @{
        thumbprint = $Certificate.Thumbprint
        store = $Store
        subject = $Certificate.Subject
        selfSigned = (ConvertTo-Hex $Certificate.SubjectName.RawData) -eq (ConvertTo-Hex $Certificate.IssuerName.RawData)
        notBefore = ConvertTo-UtcText $Certificate.NotBefore
        notAfter = ConvertTo-UtcText $Certificate.NotAfter
        keyAlgorithm = $public.algorithm
        keySize = $public.size
        keyUsages = @($Certificate.Extensions | Where-Object { $_ -is [X509EnhancedKeyUsageExtension] } | ForEach-Object { $_.EnhancedKeyUsages } | ForEach-Object { $_.Value })
        key = Get-KeyFacts $Certificate (Test-OursToSign $Certificate $Store)
    }
}

# A key that Windows cannot import, e.g. one on a curve that it does not know, costs its own facts and no other's.
function Get-PublicKeyFacts($Certificate) {
    try {
        $rsa = [RSACertificateExtensions]::GetRSAPublicKey($Certificate)
        if ($rsa) { return @{ algorithm = 'RSA'; size = $rsa.KeySize } }
        $ecdsa = [ECDsaCertificateExtensions]::GetECDsaPublicKey($Certificate)
        if ($ecdsa) { return @{ algorithm = 'ECDSA'; size = $ecdsa.KeySize } }
    } catch { $null = $_ }
    return @{ algorithm = 'other'; size = 0 }
}

# Signing uses a key, which is audited, and a card or a module may ask somebody for it. It is done with the keys of the
# listener and of the Azure agent alone.
function Test-OursToSign($Certificate, $Store) {
    if ($Store -eq 'Remote Desktop' -or (Test-AgentCertificate $Certificate)) { return $true }
    $bound = Get-RegistryData -Key 'SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' -Name 'SSLCertificateSHA1Hash'
    return $null -ne $bound -and "$($bound.data)" -eq $Certificate.Thumbprint
}

# Under this certificate Azure sends protected settings to the VM agent.
function Test-AgentCertificate($Certificate) {
    return $Certificate.Issuer -match 'Windows Azure CRP Certificate Generator'
}

# Where the key is said to be, and whether it can be used: that it signs, as SYSTEM, where Sign says so; of any other
# that its file in MachineKeys can be read. A key of others that is kept elsewhere is not touched, and taken as it is said.
function Get-KeyFacts($Certificate, $Sign) {
    $key = @{ present = $Certificate.HasPrivateKey; provider = $null; container = $null; file = $null; usable = $false; error = $null; code = $null }
    try {
        $provider = Get-KeyProvider $Certificate
        if ($provider) {
            $key.provider = $provider.provider
            $key.container = $provider.container
            if ($provider.type -ne 0 -and $provider.machine) { $key.file = Find-KeyFile $provider.container }
        }
        if ($Sign) { Assert-KeySigns $Certificate } elseif ($key.file) { (Open-ForReading "$(Get-MachineKeysPath)\$($key.file)").Dispose() }
        $key.usable = $Sign -or $key.present
    } catch {
        $key.error = Get-FailureText $_
        $key.code = Get-FailureCode $_
    }
    return $key
}

# Throws what Windows says when the key cannot be opened or cannot sign. SHA-1 because the provider of the RDP
# certificate signs no other hash; nothing is hashed, and the signature is thrown away.
function Assert-KeySigns($Certificate) {
    $hash = [byte[]]::new(20)
    $rsa = [RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($rsa) { $null = $rsa.SignHash($hash, [HashAlgorithmName]::SHA1, [RSASignaturePadding]::Pkcs1); return }
    $ecdsa = [ECDsaCertificateExtensions]::GetECDsaPrivateKey($Certificate)
    if (-not $ecdsa) { throw 'The certificate has no private key that could be tried.' }
    $null = $ecdsa.SignHash($hash)
}

# The file of a key container in MachineKeys, whether or not the key in it opens; $null when there is none. Its name is
# the MD5 of the container's name in small letters, each four bytes turned round, and the MachineGuid.
function Find-KeyFile([string]$Container) {
    $name = Get-KeyFileName $Container
    if (-not $name) { return $null }
    if ([File]::Exists("$(Get-MachineKeysPath)\$name")) { return $name }
    return $null
}

# FIPS allows no MD5. The name of the RDP key is known without it, and CryptoAPI tells that of a key that it can open.
function Get-KeyFileName([string]$Container) {
    if ($Container -eq 'TSSecKeySet1') { return $RdpKeyPrefix + (Get-MachineGuid) }
    try {
        $md5 = [MD5CryptoServiceProvider]::new()
    } catch {
        $wanted = [CspParameters]::new(1, $null, $Container)
        $wanted.Flags = 'UseMachineKeyStore, UseExistingKey, NoPrompt'
        try { return [CspKeyContainerInfo]::new($wanted).UniqueKeyContainerName } catch { return $null }
    }
    $hash = $md5.ComputeHash([System.Text.Encoding]::Default.GetBytes($Container.ToLowerInvariant() + [char]0))
    for ($at = 0; $at -lt 16; $at += 4) { [array]::Reverse($hash, $at, 4) }
    return (ConvertTo-Hex $hash).ToLowerInvariant() + '_' + (Get-MachineGuid)
}

# The file that holds the key of a certificate; $null where that cannot be told.
function Get-CertificateKeyPath($Store, $Thumbprint) {
    if (@(Get-SubKeyNames $SystemCertificates) -notcontains $Store) { return $null }
    $opened = Open-Store $Store 'ReadOnly'
    try {
        foreach ($certificate in $opened.Certificates) {
            if ($certificate.Thumbprint -eq $Thumbprint) { return Find-KeyPath $certificate }
        }
    } finally { $opened.Close() }
    return $null
}

# CryptoAPI names the file after the container; CNG tells its name itself, in a folder of its own.
function Find-KeyPath($Certificate) {
    $provider = Get-KeyProvider $Certificate
    if (-not $provider -or -not $provider.machine) { return $null }
    if ($provider.type -ne 0) {
        $file = Find-KeyFile $provider.container
        if ($file) { return "$(Get-MachineKeysPath)\$file" }
        return $null
    }
    try {
        $rsa = [RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
        $key = if ($rsa) { ([RSACng]$rsa).Key } else { ([ECDsaCng][ECDsaCertificateExtensions]::GetECDsaPrivateKey($Certificate)).Key }
        $path = "$(Get-CngKeysPath)\$($key.UniqueName)"
        if ([File]::Exists($path)) { return $path }
    } catch { $null = $_ }
    return $null
}

# The registry holds a certificate with its properties, among them the name of its key: what a backup needs.
function Get-CertificateBlob($Store, $Thumbprint) {
    $data = Get-RegistryData -Key "$SystemCertificates\$Store\Certificates\$Thumbprint" -Name 'Blob'
    if (-not $data) { return $null }
    return [System.Convert]::ToBase64String((ConvertFrom-Hex $data.data))
}
