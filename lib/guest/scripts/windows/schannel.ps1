# What TLS may use.

# Only the protocols that have a Server key; absent means the default of this Windows.
function Get-ServerProtocols {
    $protocols = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols'
    foreach ($protocol in @(Get-SubKeyNames $protocols)) {
        if (@(Get-SubKeyNames "$protocols\$protocol") -notcontains 'Server') { continue }
        $enabled, $disabled = foreach ($name in 'Enabled', 'DisabledByDefault') {
            $data = Get-RegistryData -Key "$protocols\$protocol\Server" -Name $name
            if ($data -and $data.type -eq 'dword') { $data.data } else { $null }
        }
        @{ protocol = $protocol; enabled = $enabled; disabledByDefault = $disabled }
    }
}

# The local configuration, which a list of the policy replaces; Disable-TlsCipherSuite takes from it.
function Get-LocalSuiteNames {
    $local = Get-RegistryData -Key 'SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002' -Name 'Functions'
    if ($local) { $local.data }
}

function Get-TlsSuiteNames {
    Get-TlsCipherSuite -ErrorAction Stop | ForEach-Object { $_.Name }
}
