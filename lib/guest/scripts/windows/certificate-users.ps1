# Who is known to use a certificate of LocalMachine\My: those that would miss its key.

function Get-CertificateUsers {
    param([string]$Thumbprint)
    Get-HttpBindings $Thumbprint
    Get-WinRmListeners $Thumbprint
    Get-SqlInstances $Thumbprint
    $rdp = Get-RegistryData -Key 'SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' -Name 'SSLCertificateSHA1Hash'
    if (Test-Thumbprint $rdp $Thumbprint) { 'Remote Desktop' }
    if (Test-AgentCertificate $Thumbprint) { 'Azure agent' }
}

# Bytes in one place, text in another, in either case and sometimes with blanks.
function Test-Thumbprint {
    param($Data, [string]$Thumbprint)
    return $null -ne $Data -and "$($Data.data)".Replace(' ', '') -eq $Thumbprint
}

# IIS, AD FS and everyone else whose TLS http.sys ends.
function Get-HttpBindings {
    param([string]$Thumbprint)
    foreach ($kind in @('SslBindingInfo', 'SslSniBindingInfo', 'SslCcsBindingInfo')) {
        $parameters = "SYSTEM\CurrentControlSet\Services\HTTP\Parameters\$kind"
        foreach ($binding in @(Get-SubKeyNames $parameters)) {
            if (Test-Thumbprint (Get-RegistryData -Key "$parameters\$binding" -Name 'SslCertHash') $Thumbprint) { "http.sys $binding" }
        }
    }
}

function Get-WinRmListeners {
    param([string]$Thumbprint)
    $listeners = 'SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener'
    foreach ($listener in @(Get-SubKeyNames $listeners)) {
        if (Test-Thumbprint (Get-RegistryData -Key "$listeners\$listener" -Name 'certThumbprint') $Thumbprint) { "WinRM $listener" }
    }
}

function Get-SqlInstances {
    param([string]$Thumbprint)
    $servers = 'SOFTWARE\Microsoft\Microsoft SQL Server'
    foreach ($instance in @(Get-SubKeyNames $servers)) {
        $key = "$servers\$instance\MSSQLServer\SuperSocketNetLib"
        if (Test-Thumbprint (Get-RegistryData -Key $key -Name 'Certificate') $Thumbprint) { "SQL Server $instance" }
    }
}

# The certificate under which Azure sends protected settings to the VM agent.
function Test-AgentCertificate {
    param([string]$Thumbprint)
    $opened = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList 'My', 'LocalMachine'
    $opened.Open('ReadOnly, OpenExistingOnly')
    try {
        foreach ($certificate in $opened.Certificates) {
            if ($certificate.Thumbprint -ne $Thumbprint) { continue }
            return $certificate.FriendlyName -eq 'TenantEncryptionCert' -or $certificate.Issuer -match 'Windows Azure CRP Certificate Generator'
        }
        return $false
    } finally {
        $opened.Close()
    }
}
