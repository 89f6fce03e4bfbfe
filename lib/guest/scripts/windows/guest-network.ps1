# How Windows itself is configured for the network. .NET and the registry answer; what WMI alone knows may be missing.

$TcpipKey = 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
$AdaptersKey = 'SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}'

# What is as DHCP made it is only counted.
function Get-GuestNetwork {
    $all = @([System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces() | Where-Object { $_.Supports('IPv4') })
    $own = @($all | Where-Object { Test-VmAdapter $_.Id })
    # A team and an external virtual switch take IPv4 from the adapters below them.
    $answering = if ($own.Count -gt 0) { $own } else { $all }
    $ignoring = @(Get-IgnoringIndexes)
    $gateways = @($answering | Where-Object { $ignoring -notcontains (Get-AdapterIndex $_) } | ForEach-Object { Get-Gateways $_ })
    $adapters = @($own | ForEach-Object { Get-AdapterFacts $_ $ignoring })
    $odd = @($adapters | Where-Object { $_.state -ne 'up' -or $_.dhcp -ne $true -or $_.ownDns.Count -gt 0 -or @($_.addresses -notlike '169.254.*').Count -eq 0 -or $_.ContainsKey('ignoresDefaultRoutes') })
    $section = @{
        otherAddresses = @(Get-OtherAddresses $all $odd)
        adapters = $odd + @(Get-DisabledAdapters @($all | ForEach-Object { $_.Id }))
        foreignAdapters = @($all | Where-Object { $answering -notcontains $_ } | ForEach-Object { Get-ForeignAdapter $_ })
        persistentRoutes = @(Get-ValueNames "$TcpipKey\PersistentRoutes" | Where-Object { $_ })
        deadProviders = @(Get-DeadProviders)
        proxies = @(Get-MachineProxies)
    }
    foreach ($part in @($section.get_Keys())) { if ($section[$part].Count -eq 0) { $section.Remove($part) } }
    $section.inOrder = $adapters.Count - $odd.Count
    if ($gateways.Count -eq 0) { $section.defaultRoute = $false }
    $ports = Get-PortUse
    if ($ports.used * 5 -ge $ports.available * 4) { $section.ports = $ports }
    return $section
}

# Azure's adapters are on the virtual machine bus or on PCI; those of containers and switches are neither.
function Test-VmAdapter($Id) {
    return (Get-ExpandedText "$AdaptersKey\$Id\Connection" 'PnpInstanceID') -match '\A(VMBUS|PCI)\\'
}

# Of another maker, e.g. of a VPN, with a default route. That of a tunnel has no gateway, which .NET spells 0.0.0.0.
function Get-ForeignAdapter($Adapter) {
    if ("$($Adapter.OperationalStatus)" -ne 'Up' -or @($Adapter.GetIPProperties().GatewayAddresses | Where-Object { "$($_.Address)" -match '\A[0-9.]+\z' }).Count -eq 0) { return }
    return @{ name = $Adapter.Name; kind = $Adapter.Description; addresses = @(Get-Addresses $Adapter) }
}

# The interfaces whose default routes Windows does not use. WMI may fail: then none is known.
function Get-IgnoringIndexes {
    try {
        Get-NetIPInterface -AddressFamily IPv4 -ErrorAction Stop | Where-Object { "$($_.IgnoreDefaultRoutes)" -eq 'Enabled' } | ForEach-Object { [int]$_.InterfaceIndex }
    } catch { $null = $_ }
}

function Get-AdapterIndex($Adapter) { return $Adapter.GetIPProperties().GetIPv4Properties().Index }

function Get-Gateways($Adapter) {
    foreach ($gateway in $Adapter.GetIPProperties().GatewayAddresses) {
        $text = "$($gateway.Address)"
        if ($text -match '\A[0-9.]+\z' -and $text -ne '0.0.0.0') { $text }
    }
}

# A load balancer with a floating IP needs its address on a loopback adapter; a cluster puts its own on the VM's adapter.
function Get-OtherAddresses($All, $Listed) {
    $names = @($Listed | ForEach-Object { $_.name })
    $found = @(foreach ($adapter in @($All | Where-Object { "$($_.OperationalStatus)" -eq 'Up' -and $names -notcontains $_.Name })) {
        $skipped = if (Test-VmAdapter $adapter.Id) { 1 } else { 0 }
        Get-Addresses $adapter | Select-Object -Skip $skipped
    })
    return @($found | Where-Object { $_ -notmatch '\A(127|169\.254)\.' } | Select-Object -First 8)
}

function Get-Addresses($Adapter) {
    foreach ($unicast in $Adapter.GetIPProperties().UnicastAddresses) {
        if ("$($unicast.Address)" -match '\A[0-9.]+\z') { "$($unicast.Address)/$($unicast.PrefixLength)" }
    }
}

function Get-AdapterFacts($Adapter, $Ignoring) {
    $key = "$TcpipKey\Interfaces\$($Adapter.Id)"
    $dhcp = Get-RegistryData -Key $key -Name 'EnableDHCP'
    $given = (Get-ExpandedText $key 'DhcpNameServer') -split '[ ,]+'
    $facts = @{
        name = $Adapter.Name
        state = if ("$($Adapter.OperationalStatus)" -eq 'Up') { 'up' } else { 'down' }
        dhcp = if ($dhcp -and $dhcp.type -eq 'dword') { $dhcp.data -ne 0 } else { $null }
        addresses = @(Get-Addresses $Adapter)
        gateways = @(Get-Gateways $Adapter)
        ownDns = @((Get-ExpandedText $key 'NameServer') -split '[ ,]+' | Where-Object { $_ -and $given -notcontains $_ })
    }
    if ($Ignoring -contains (Get-AdapterIndex $Adapter)) { $facts.ignoresDefaultRoutes = $true }
    return $facts
}

# .NET does not list these; 1 in ConfigFlags is CONFIGFLAG_DISABLED.
function Get-DisabledAdapters($Listed) {
    foreach ($id in @(Get-SubKeyNames $AdaptersKey | Where-Object { $Listed -notcontains $_ -and (Test-VmAdapter $_) })) {
        $device = Get-ExpandedText "$AdaptersKey\$id\Connection" 'PnpInstanceID'
        $flags = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Enum\$device" -Name 'ConfigFlags'
        if (-not $flags -or -not ($flags.data -band 1)) { continue }
        @{ name = Get-ExpandedText "$AdaptersKey\$id\Connection" 'Name'; state = 'disabled'; dhcp = $null; addresses = @(); gateways = @(); ownDns = @() }
    }
}

# Those of Windows are never counted: their libraries differ by build.
function Get-DeadProviders {
    $names = (Get-ExpandedText 'SYSTEM\CurrentControlSet\Control\NetworkProvider\Order' 'ProviderOrder') -split ','
    foreach ($name in @($names | Where-Object { $_ -and $_ -notin 'LanmanWorkstation', 'RDPNP', 'webclient', 'P9NP' })) {
        if (-not [File]::Exists((Get-ExpandedText "$ServicesKey\$name\NetworkProvider" 'ProviderPath'))) { $name }
    }
}

function Get-MachineProxies {
    $settings = 'Microsoft\Windows\CurrentVersion\Internet Settings'
    foreach ($key in "SOFTWARE\$settings", "SOFTWARE\Wow6432Node\$settings") {
        $on = Get-RegistryData -Key $key -Name 'ProxyEnable'
        if ($on -and $on.data -eq 1) { Get-ExpandedText $key 'ProxyServer' }
        $script = Get-ExpandedText $key 'AutoConfigURL'
        if ($script) { $script }
    }
    # Header, counter, flags (2: a proxy), length of the proxy's name, the name.
    $winHttp = Get-RegistryData -Key "SOFTWARE\$settings\Connections" -Name 'WinHttpSettings'
    if (-not $winHttp -or $winHttp.type -ne 'binary') { return }
    $bytes = ConvertFrom-Hex $winHttp.data
    if ($bytes.Length -le 16 -or -not ($bytes[8] -band 2)) { return }
    $length = [math]::Min([System.BitConverter]::ToInt32($bytes, 12), $bytes.Length - 16)
    "WinHTTP $([System.Text.Encoding]::ASCII.GetString($bytes, 16, $length))"
}

# Of the ports for outgoing connections; Windows' own range where its setting cannot be read.
function Get-PortUse {
    $first, $available = 49152, 16384
    try {
        $setting = Get-NetTCPSetting -SettingName 'Internet' -ErrorAction Stop
        $first, $available = [int]$setting.DynamicPortRangeStartPort, [int]$setting.DynamicPortRangeNumberOfPorts
    } catch { $null = $_ }
    $used = @{}
    foreach ($connection in [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties().GetActiveTcpConnections()) {
        $port = $connection.LocalEndPoint.Port
        if ($port -ge $first -and $port -lt $first + $available) { $used[$port] = $true }
    }
    return @{ used = $used.Count; available = $available }
}
