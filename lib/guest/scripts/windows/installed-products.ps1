# Products of others that see or filter connections.

function Get-InstalledProducts {
    $network = 'SYSTEM\CurrentControlSet\Control\Network'
    # Clients, services and protocols of the network. Those with these prefixes are Windows' and Azure's own.
    $filters = @(foreach ($class in '{4D36E973-E325-11CE-BFC1-08002BE10318}', '{4D36E974-E325-11CE-BFC1-08002BE10318}', '{4D36E975-E325-11CE-BFC1-08002BE10318}') {
        foreach ($id in @(Get-SubKeyNames "$network\$class")) {
            $component = Get-ExpandedText "$network\$class\$id" 'ComponentId'
            if ($component -and $component -notmatch '\A(ms|vms|netvsc)_') { $component }
        }
    })
    $known = @(Get-SubKeyNames $ServicesKey)
    $security = @($SecurityServices | Where-Object { $known -contains $_ -and -not (Test-DisabledService $_) })
    $section = @{}
    if ($filters.Count -gt 0) { $section.filters = $filters }
    if ($security.Count -gt 0) { $section.security = $security }
    return $section
}
