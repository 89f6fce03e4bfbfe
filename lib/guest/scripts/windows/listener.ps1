# Who listens, and on which port.

# Where several processes hold the port on different addresses, one that is not TermService's is told first.
function Get-PortOwner($Port) {
    try {
        $ids = @(Get-NetTCPConnection -State Listen -LocalPort $Port -ErrorAction Stop | ForEach-Object { $_.OwningProcess } | Sort-Object -Unique)
    } catch {
        # No match is an error here.
        if (Test-NothingFound $_) { return $null }
        throw
    }
    $owners = @(foreach ($id in $ids) {
        $process = Get-CimInstance -ClassName Win32_Process -Filter "ProcessId = $id"
        @{ process = if (-not $process) { '' } else { $process.Name }; services = @(Find-Service "ProcessId = $id" | ForEach-Object { $_.Name }) }
    })
    return $owners | Sort-Object -Property { $_.services -contains 'TermService' } | Select-Object -First 1
}

# The TCP ports on which the process of TermService listens.
function Get-TermServicePorts {
    $service = Find-Service "Name = 'TermService'"
    if (-not $service -or -not $service.ProcessId) { return }
    try {
        Get-NetTCPConnection -State Listen -OwningProcess $service.ProcessId -ErrorAction Stop | ForEach-Object { [int]$_.LocalPort } | Sort-Object -Unique
    } catch {
        # No match is an error here.
        if (-not (Test-NothingFound $_)) { throw }
    }
}

# From the registry: qwinsta speaks the language of the VM.
function Get-WinStationList {
    $stations = 'SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations'
    foreach ($name in @(Get-SubKeyNames $stations)) {
        $port = Get-RegistryData -Key "$stations\$name" -Name 'PortNumber'
        if (-not $port -or $port.type -ne 'dword' -or $port.data -lt 1 -or $port.data -gt 65535) { continue }
        $driver = Get-RegistryData -Key "$stations\$name" -Name 'WdName'
        @{ name = $name; port = $port.data; wdName = if (-not $driver) { '' } else { "$($driver.data)" } }
    }
}

function Wait-RdpListener($Port, $TimeoutSeconds) {
    $deadline = [datetime]::UtcNow.AddSeconds($TimeoutSeconds)
    while ($true) {
        $owner = Get-PortOwner $Port
        if ($owner -and $owner.services -contains 'TermService') { return $true }
        if ([datetime]::UtcNow -ge $deadline) { return $false }
        Start-Sleep -Seconds 1
    }
}
