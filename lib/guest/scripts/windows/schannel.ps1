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

# Of the algorithms that TLS 1.2 needs. 0xffffffff turns one on, as does an absent value.
function Get-AlgorithmsOff {
    foreach ($name in 'Ciphers\AES 128/128', 'Ciphers\AES 256/256', 'Hashes\SHA256', 'Hashes\SHA384', 'KeyExchangeAlgorithms\Diffie-Hellman', 'KeyExchangeAlgorithms\ECDH', 'KeyExchangeAlgorithms\PKCS') {
        $enabled = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\$name" -Name 'Enabled'
        if ($enabled -and $enabled.type -eq 'dword' -and $enabled.data -ne 4294967295) { "$name $($enabled.data)" }
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
