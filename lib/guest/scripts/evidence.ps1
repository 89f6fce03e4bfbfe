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

function Get-ServicesSection {
    $services = @{}
    foreach ($name in $RdpServices) { $services[$name] = Get-ServiceFacts $name }
    return $services
}

function Get-ListenerSection {
    $port = Get-ListeningPort
    $keys = @{ terminalServer = Test-DeclaredKey 'terminal-server'; rdpTcp = Test-DeclaredKey 'rdp-tcp' }
    return @{ port = $port; owner = Get-PortOwner $port; winStations = @(Get-WinStationList); registryKeys = $keys }
}

function Get-RegistrySection {
    $registry = @{}
    foreach ($id in $DeclaredValues.Keys) {
        $data = Get-DeclaredData $id
        if ($null -eq $data) { continue }
        # Data that a change may write are sent as their index among these: a reply is short.
        $index = [Array]::IndexOf(@($DeclaredValues[$id]), (ConvertTo-JsonText $data))
        $registry[$id] = if ($index -ge 0) { $index } else { $data }
    }
    return $registry
}

function Get-SchannelSection {
    # The RDP certificate has an RSA key; suites of TLS 1.3 name none and are no help to older clients.
    $withRsa = '^TLS_(ECDHE_|DHE_)?RSA_WITH_(?!NULL)'
    $schannel = @{ protocols = @(Get-ServerProtocols); usableWithRsa = @(@(Get-TlsSuiteNames) -cmatch $withRsa) }
    $off = @(Get-AlgorithmsOff)
    if ($off.Count -gt 0) { $schannel.algorithmsOff = $off }
    if ($schannel.usableWithRsa.Count -eq 0) { $schannel.localWithRsa = @(@(Get-LocalSuiteNames) -cmatch $withRsa).Count }
    return $schannel
}

function Get-FirewallSection {
    return Get-FirewallFacts (Get-ListeningPort)
}

function Get-EventsSection {
    return , @(Get-EventCounts 24)
}

function Get-JournalSection {
    $facts = Get-FileFacts (Get-JournalRoot)
    return @{ path = Get-JournalRoot; found = if ($facts) { @{ owner = $facts.owner; sddl = $facts.sddl; folder = $facts.folder; reparsePoint = $facts.reparsePoint } } }
}

function Get-HandshakeSection {
    return Get-RdpHandshake (Get-ListeningPort)
}

function Get-Section($Read) {
    try {
        $section = & $Read
        return , (Limit-Section $section 'events')
    } catch {
        return @{ unreadable = Get-FailureText $_ }
    }
}

# Cuts lists and texts to their bounds. A text that is compared before a change is never cut: it is unreadable then.
function Limit-Section($Value, $Name) {
    if ($Value -is [string]) {
        if (-not $LongestExactTexts.ContainsKey($Name)) { return Limit-Text $Value $UsualTextLength }
        if ($Value.Length -gt $LongestExactTexts[$Name]) { throw "A text of $($Value.Length) characters ($Name) is too long to report." }
        return $Value
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $limited = @{}
        foreach ($key in $Value.get_Keys()) {
            $item = $Value[$key]
            # A number or a truth has nothing to cut.
            $limited[$key] = if ($item -is [bool] -or $item -is [int] -or $item -is [long]) { $item } else { Limit-Section $item $key }
        }
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

# The port on which TermService listens. It reads its number as it starts, so that a change counts from its next start on.
# Other services may share its process: where it cannot be told which port is its own, the configured one counts.
function Get-ListeningPort {
    $configured = Get-RdpPort
    try { $ports = @(Get-TermServicePorts) } catch { return $configured }
    if ($ports -contains $configured) { return $configured }
    if ($ports -contains $DefaultRdpPort) { return $DefaultRdpPort }
    if ($ports.Count -eq 1) { return [int]$ports[0] }
    return $configured
}
