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
    $credentials = @(Get-CredentialFilters | Select-Object -Unique)
    $section = @{}
    if ($credentials.Count -gt 0) { $section.credentials = $credentials }
    if ($filters.Count -gt 0) { $section.filters = $filters }
    if ($security.Count -gt 0) { $section.security = $security }
    return $section
}

# Libraries that decide which credential providers the log-on screen has, by their names and makers; Windows' own are left out.
function Get-CredentialFilters {
    $key = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\Credential Provider Filters'
    foreach ($id in @(Get-SubKeyNames $key)) {
        $path = (Get-ExpandedText "SOFTWARE\Classes\CLSID\$id\InprocServer32" '').Trim('"')
        if (-not $path) { continue }
        if (-not [Path]::IsPathRooted($path)) { $path = "$([System.Environment]::SystemDirectory)\$path" }
        if (-not [File]::Exists($path)) { continue }
        $company = "$([System.Diagnostics.FileVersionInfo]::GetVersionInfo($path).CompanyName)"
        if ($company -match '\AMicrosoft\b') { continue }
        $name = [Path]::GetFileName($path)
        Limit-Text $(if ($company) { "$name of $company" } else { $name }) 128
    }
}
