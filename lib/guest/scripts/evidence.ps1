# Everything that is observed, section by section. A section that cannot be read holds the reason, and the other
# sections are still read.

# A request for some sections is a second look: the first reply had no room for them. An empty list stands for all.
function Get-Evidence($Wanted = @()) {
    $evidence = @{ collectedAt = Get-UtcNow }
    foreach ($name in $Sections.get_Keys()) {
        $evidence[$name] = if ($Wanted.Count -eq 0 -or $Wanted -contains $name) { Get-Section $Sections[$name] } else { @{ unreadable = 'not asked for' } }
    }
    return $evidence
}

$Sections = [ordered]@{
    system = { Get-WindowsSystem }
    services = {
        $services = @{}
        foreach ($name in $RdpServices) { $services[$name] = Get-ServiceFacts $name }
        $services
    }
    listener = {
        $port = Get-RdpPort
        $keys = @{ terminalServer = Test-DeclaredKey 'terminal-server'; rdpTcp = Test-DeclaredKey 'rdp-tcp' }
        @{ port = $port; owner = Get-PortOwner $port; winStations = @(Get-WinStationList); registryKeys = $keys }
    }
    registry = {
        $registry = @{}
        foreach ($id in $DeclaredValues.Keys) {
            $data = Get-DeclaredData $id
            if ($null -eq $data) { continue }
            # Data that a change may write are told as their place among these: a reply is short.
            $place = [Array]::IndexOf(@($DeclaredValues[$id]), (ConvertTo-JsonText $data))
            $registry[$id] = if ($place -ge 0) { $place } else { $data }
        }
        $registry
    }
    certificate = { Get-CertificateSection }
    keys = { Get-KeysSection }
    agent = { Get-AgentSection }
    schannel = {
        # The RDP certificate has an RSA key; suites of TLS 1.3 name none and are no help to older clients.
        $withRsa = '^TLS_(ECDHE_|DHE_)?RSA_WITH_(?!NULL)'
        $schannel = @{ protocols = @(Get-ServerProtocols); usableWithRsa = @(@(Get-TlsSuiteNames) -cmatch $withRsa) }
        if ($schannel.usableWithRsa.Count -eq 0) { $schannel.localWithRsa = @(@(Get-LocalSuiteNames) -cmatch $withRsa).Count }
        $schannel
    }
    firewall = { Get-FirewallFacts (Get-RdpPort) }
    events = { , @(Get-EventCounts 24) }
    sessions = { Get-SessionCounts }
    journal = {
        $facts = Get-FileFacts (Get-JournalRoot)
        @{ path = Get-JournalRoot; found = if ($facts) { @{ owner = $facts.owner; sddl = $facts.sddl; folder = $facts.folder; reparsePoint = $facts.reparsePoint } } }
    }
    handshake = { Get-RdpHandshake (Get-RdpPort) }
    rights = { Get-LogOnRights }
    licensing = { Get-LicensingFacts }
    domain = { Get-DomainFacts }
    logOns = { Get-LogOnFacts }
    subsystem = { Get-SubsystemFacts }
    supportingServices = { Get-SupportingServices }
    guestNetwork = { Get-GuestNetwork }
    installedProducts = { Get-InstalledProducts }
}

function Get-Section($Read) {
    try {
        $section = & $Read
        return , (Limit-Section $section 'events')
    } catch {
        return @{ unreadable = Get-FailureText $_ }
    }
}

# How many items and characters the reply's schema has room for, by the name that holds them.
$LongestLists = @{
    services = 32; winStations = 16; others = 8; keyUsages = 16; dependents = 32; writeDenied = 2; usedBy = 16
    protocols = 16; usableWithRsa = 64; profiles = 3; rules = 32; ipsec = 4; failures = 4; localPorts = 16; remoteAddresses = 8; certificates = 8; containers = 8; events = 32; data = 256
    dns = 4; winlogon = 2; missing = 4; appLocker = 2; offered = 4; forbidden = 8
    disabled = 20; missingServices = 20; obstacles = 2; blockedBy = 4; filters = 8; security = 8
    adapters = 8; addresses = 16; gateways = 4; ownDns = 8; persistentRoutes = 8; deadProviders = 4; proxies = 4
}
$LongestExactTexts = @{ sddl = 2048; data = 8192 }

# Cuts lists and texts to their bounds. A text that is compared before a change is never cut: it is unreadable then.
function Limit-Section($Value, $Name) {
    if ($Value -is [string]) {
        if (-not $LongestExactTexts.ContainsKey($Name)) { return Limit-Text $Value 512 }
        if ($Value.Length -gt $LongestExactTexts[$Name]) { throw "A text of $($Value.Length) characters ($Name) is too long to report." }
        return $Value
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $limited = @{}
        foreach ($key in $Value.get_Keys()) { $limited[$key] = Limit-Section $Value[$key] $key }
        return $limited
    }
    if ($Value -is [array]) {
        return , @(foreach ($item in @($Value | Select-Object -First $LongestLists[$Name])) { , (Limit-Section $item $Name) })
    }
    return $Value
}

function Get-DeclaredData($Id) {
    $group, $name = $Id -split '/'
    return Get-RegistryData -Key $DeclaredKeys[$group] -Name $name
}

# Whether the key of these declared values is there.
function Test-DeclaredKey($Group) {
    return $null -ne (Get-RegistryKeyState $DeclaredKeys[$Group])
}

# The port that the listener is configured for; the default port where the registry holds none.
function Get-RdpPort {
    $data = Get-DeclaredData 'rdp-tcp/PortNumber'
    if ($null -eq $data -or $data.type -ne 'dword' -or $data.data -lt 1 -or $data.data -gt 65535) { return $DefaultRdpPort }
    return [int]$data.data
}
