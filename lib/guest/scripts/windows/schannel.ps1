# What TLS may use.

# Only the protocols that have a Server key; absent means the default of this Windows.
function Get-ServerProtocols {
    $protocols = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols'
    foreach ($protocol in @(Get-SubKeyNames $protocols)) {
        $key = "$protocols\$protocol\Server"
        if (@(Get-SubKeyNames "$protocols\$protocol") -notcontains 'Server') { continue }
        $enabled = Get-RegistryData -Key $key -Name 'Enabled'
        $disabled = Get-RegistryData -Key $key -Name 'DisabledByDefault'
        @{
            protocol = $protocol
            enabled = if ($null -ne $enabled -and $enabled.type -eq 'dword') { $enabled.data } else { $null }
            disabledByDefault = if ($null -ne $disabled -and $disabled.type -eq 'dword') { $disabled.data } else { $null }
        }
    }
}

function Get-TlsSuiteNames {
    foreach ($suite in @(Get-TlsCipherSuite -ErrorAction Stop)) { [string]$suite.Name }
}
