# The services known to use a certificate of LocalMachine\My, which depend on its key.

$HttpParameters = 'SYSTEM\CurrentControlSet\Services\HTTP\Parameters'
# A registry key with a key for each user below it, in which this value is the certificate's thumbprint.
$CertificateUsers = @(
    # IIS, AD FS and everyone else whose TLS http.sys ends.
    @{ Name = 'http.sys'; Key = "$HttpParameters\SslBindingInfo"; Below = ''; Value = 'SslCertHash' }
    @{ Name = 'http.sys'; Key = "$HttpParameters\SslSniBindingInfo"; Below = ''; Value = 'SslCertHash' }
    @{ Name = 'http.sys'; Key = "$HttpParameters\SslCcsBindingInfo"; Below = ''; Value = 'SslCertHash' }
    @{ Name = 'WinRM'; Key = 'SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener'; Below = ''; Value = 'certThumbprint' }
    @{ Name = 'SQL Server'; Key = 'SOFTWARE\Microsoft\Microsoft SQL Server'; Below = '\MSSQLServer\SuperSocketNetLib'; Value = 'Certificate' }
    @{ Name = 'Remote Desktop'; Key = 'SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations'; Below = ''; Value = 'SSLCertificateSHA1Hash' }
)

# Read once for all certificates: a server has many of both.
$UsersByThumbprint = $null

function Get-CertificateUsers($Thumbprint) {
    if ($null -eq $script:UsersByThumbprint) { $script:UsersByThumbprint = Read-CertificateUsers }
    # A null would be counted as a user.
    if ($script:UsersByThumbprint.ContainsKey("$Thumbprint")) { $script:UsersByThumbprint["$Thumbprint"] }
}

function Read-CertificateUsers {
    $found = @{}
    foreach ($user in $CertificateUsers) {
        foreach ($name in @(Get-SubKeyNames $user.Key)) {
            $data = Get-RegistryData -Key "$($user.Key)\$name$($user.Below)" -Name $user.Value
            # Bytes in one place, text in another, in either case and sometimes with blanks.
            $used = if ($data) { "$($data.data)".Replace(' ', '') }
            if ($used) { $found[$used] = @($found[$used] | Where-Object { $_ }) + "$($user.Name) $name" }
        }
    }
    $opened = Open-Store 'My' 'ReadOnly'
    try {
        foreach ($certificate in $opened.Certificates) {
            if (Test-AgentCertificate $certificate) { $found[$certificate.Thumbprint] = @($found[$certificate.Thumbprint] | Where-Object { $_ }) + 'Azure agent' }
        }
    } finally {
        $opened.Close()
    }
    return $found
}
