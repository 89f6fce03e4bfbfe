# The listener's certificate is replaced by one whose time is over, and nothing has started the services since.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$now = [datetime]::Now
$made = New-SelfSignedCertificate -Subject "CN=$env:COMPUTERNAME" -CertStoreLocation 'Cert:\LocalMachine\My' -Provider 'Microsoft Enhanced Cryptographic Provider v1.0' -KeySpec KeyExchange -KeyLength 2048 -NotBefore $now.AddDays(-190) -NotAfter $now.AddDays(-8) -TextExtension '2.5.29.37={text}1.3.6.1.5.5.7.3.1'

function Open-Store($Name) {
    $store = [System.Security.Cryptography.X509Certificates.X509Store]::new($Name, 'LocalMachine')
    $store.Open('ReadWrite')
    return $store
}

$own = Open-Store 'My'
$remoteDesktop = Open-Store 'Remote Desktop'
try {
    foreach ($certificate in @($remoteDesktop.Certificates)) { $remoteDesktop.Remove($certificate) }
    $remoteDesktop.Add($made)
    $own.Remove($made)
} finally {
    $remoteDesktop.Close()
    $own.Close()
}
$stations = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations'
$null = New-ItemProperty -Path $stations -Name 'SelfSignedCertificate' -Value $made.GetCertHash() -PropertyType Binary -Force
