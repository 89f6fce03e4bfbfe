# What the VM is joined to, and whether its domain answers.

function Get-DomainFacts {
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $entra = @(Get-SubKeyNames 'SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo').Count -gt 0
    if (-not $computer.PartOfDomain) { return @{ join = if ($entra) { 'entra' } else { 'workgroup' } } }
    $facts = @{ join = if ($entra) { 'hybrid' } else { 'domain' }; dns = @(Get-OwnDnsServers) }
    $service = Find-Service "Name = 'Netlogon'"
    $facts.netlogon = if ($service) { "$($service.State) $($service.StartMode)" } else { $null }
    # A domain controller has no channel to its own domain. 4 and 5 are its roles.
    $facts.channel = if ($computer.DomainRole -ge 4) { $null } else { Get-ChannelStatus $computer.Domain }
    return $facts
}

# What Netlogon knows of the channel, without asking the network, so that it never waits for a domain controller that is
# out of reach. A function that does ask it (10, verify) may take a minute.
function Get-ChannelStatus($Domain) {
    $native = Get-Native
    $name = [Marshal]::StringToHGlobalUni($Domain)
    $answer = [intptr]::Zero
    try {
        # NETLOGON_CONTROL_TC_QUERY, for a NETLOGON_INFO_2: flags, status of the primary, a pointer, status of the channel.
        $status = $native::I_NetLogonControl2([intptr]::Zero, 6, 2, [ref]$name, [ref]$answer)
        if ($status -ne 0) { return $status }
        try { return [Marshal]::ReadInt32($answer, 8 + [intptr]::Size) } finally { $null = $native::NetApiBufferFree($answer) }
    } finally {
        [Marshal]::FreeHGlobal($name)
    }
}

# As two sets: the same servers set by hand and given by DHCP override nothing.
function Get-OwnDnsServers {
    $interfaces = 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces'
    foreach ($id in @(Get-SubKeyNames $interfaces)) {
        $own = @(Get-DnsServers "$interfaces\$id" 'NameServer')
        $given = @(Get-DnsServers "$interfaces\$id" 'DhcpNameServer')
        if ($own.Count -gt 0 -and $given.Count -gt 0 -and "$own" -ne "$given") { $own -join ' ' }
    }
}

function Get-DnsServers($Key, $Name) {
    $servers = Get-RegistryData -Key $Key -Name $Name
    if (-not $servers) { return }
    Get-OrdinalOrder @("$($servers.data)" -split '[ ,;]+' | Where-Object { $_ })
}
