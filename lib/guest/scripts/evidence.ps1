# Everything that is observed, section by section. A section that cannot be read says why, and is no other section's loss.

function Get-Evidence {
    $port = 0
    # Without a port the sections that need it say so themselves.
    $portFailure = $null
    try { $port = Get-RdpPort } catch { $portFailure = Get-FailureText $_ }
    $assertPort = { if ($null -ne $portFailure) { throw $portFailure } }
    return @{
        collectedAt = Get-UtcNow
        system = Get-Section { Get-WindowsSystem }
        services = Get-Section {
            $services = @{}
            foreach ($name in $RdpServices) { $services[$name] = Get-ServiceFacts -Name $name }
            $services
        }
        listener = Get-Section {
            & $assertPort
            @{ port = $port; owner = Get-PortOwner -Port $port; winStations = @(Get-WinStationList) }
        }
        registry = Get-Section { Get-RegistrySection }
        certificate = Get-Section { Get-CertificateSection }
        keys = Get-Section { Get-KeysSection }
        schannel = Get-Section {
            # The RDP certificate has an RSA key; suites of TLS 1.3 do not name one and are no help to older clients.
            $usable = @(Get-TlsSuiteNames) -cmatch '^TLS_(RSA|DHE_RSA|ECDHE_RSA)_'
            @{ protocols = @(Get-ServerProtocols); usableWithRsa = @($usable) }
        }
        firewall = Get-Section { & $assertPort; Get-FirewallFacts -Port $port }
        events = Get-Section { , @(Get-EventCounts -Hours 24) }
        sessions = Get-Section { Get-SessionCounts }
        handshake = Get-Section { & $assertPort; Get-RdpHandshake -Port $port }
    }
}

function Get-Section {
    param([scriptblock]$Read)
    try {
        $section = & $Read
        return , (Limit-Section $section 'events')
    } catch {
        return @{ unreadable = Get-FailureText $_ }
    }
}

# How many items and characters the reply's schema has room for, by the name that holds them.
$LongestLists = @{
    services = 32; winStations = 16; others = 8; keyUsages = 16; leaning = 32; usedBy = 16
    protocols = 16; usableWithRsa = 64; profiles = 3; rules = 32; localPorts = 16; events = 32
}
$LongestExactTexts = @{ sddl = 2048; data = 8192 }

# Cuts lists and texts to their bounds. What is compared before a change is never cut: it counts as unreadable then.
function Limit-Section {
    param($Value, [string]$Name)
    if ($Value -is [string]) {
        $longest = $LongestExactTexts[$Name]
        if ($null -eq $longest) { return Limit-Text $Value 512 }
        if ($Value.Length -gt $longest) { throw "A text of $($Value.Length) characters ($Name) is too long to report." }
        return $Value
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $limited = @{}
        foreach ($key in @($Value.Keys)) { $limited[$key] = Limit-Section $Value[$key] $key }
        return $limited
    }
    if ($Value -is [System.Collections.IList]) {
        $longest = $LongestLists[$Name]
        $items = @($Value)
        if ($null -ne $longest) { $items = @($items | Select-Object -First $longest) }
        return , @(foreach ($item in $items) { , (Limit-Section $item $Name) })
    }
    return $Value
}

function Get-DeclaredData {
    param([string]$Id)
    $declared = $DeclaredValues[$Id]
    return Get-RegistryData -Key $declared.Key -Name $declared.Name
}

function Get-RegistrySection {
    $registry = @{}
    foreach ($id in $DeclaredValues.Keys) { $registry[$id] = Get-DeclaredData $id }
    return $registry
}

# The port that the listener is asked to take.
function Get-RdpPort {
    $data = Get-DeclaredData 'rdp-tcp/PortNumber'
    if ($null -eq $data) { return $DefaultRdpPort }
    if ($data.type -ne 'dword' -or $data.data -lt 1 -or $data.data -gt 65535) { throw 'The RDP port in the registry is not a port.' }
    return [int]$data.data
}
