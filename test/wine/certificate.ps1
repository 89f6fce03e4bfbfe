# Makes a certificate as SessionEnv does: self-signed, its key in a container of the machine at the provider that Remote
# Desktop uses. SHA-256 by a copy of the key, because that provider signs SHA-1 alone. Answers it with its key as PEM.
function New-TestCertificate($Subject, $Container, $Store) {
    $parameters = [System.Security.Cryptography.CspParameters]::new(1, 'Microsoft Enhanced Cryptographic Provider v1.0', $Container)
    $parameters.Flags = 'UseMachineKeyStore'
    $parameters.KeyNumber = 1
    $key = [System.Security.Cryptography.RSACryptoServiceProvider]::new(2048, $parameters)
    $copy = [System.Security.Cryptography.RSA]::Create($key.ExportParameters($true))
    $name = [System.Security.Cryptography.X509Certificates.X500DistinguishedName]::new($Subject)
    $padding = [System.Security.Cryptography.RSASignaturePadding]::Pkcs1
    $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new($name, $copy, [System.Security.Cryptography.HashAlgorithmName]::SHA256, $padding)
    $signer = [System.Security.Cryptography.X509Certificates.X509SignatureGenerator]::CreateForRSA($copy, $padding)
    $now = [datetimeoffset]::UtcNow
    $signed = $request.Create($name, $signer, $now.AddDays(-1), $now.AddDays(180), [guid]::NewGuid().ToByteArray())
    $certificate = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::CopyWithPrivateKey($signed, $key)
    $opened = [System.Security.Cryptography.X509Certificates.X509Store]::new($Store, 'LocalMachine')
    $opened.Open('ReadWrite')
    $opened.Add($certificate)
    $opened.Close()
    # Wine writes a key to its registry when the last who holds it lets go.
    $certificate.Dispose()
    $key.Dispose()
    return @{ thumbprint = $signed.Thumbprint; cert = $signed.ExportCertificatePem(); key = $copy.ExportPkcs8PrivateKeyPem() }
}
