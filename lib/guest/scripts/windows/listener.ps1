# Who listens, and on which port.

# Where several processes hold the port on different addresses, one that is not TermService's is told first.
function Get-PortOwner {
    param([int]$Port)
    try {
        $processes = @(Get-NetTCPConnection -State Listen -LocalPort $Port -ErrorAction Stop | ForEach-Object -Process { [int]$_.OwningProcess } | Sort-Object -Unique)
    } catch {
        # No match is an error here, and the only one of this category.
        if ($_.CategoryInfo.Category -ne 'ObjectNotFound') { throw }
        return $null
    }
    if ($processes.Count -eq 0) { return $null }
    $owners = foreach ($process in $processes) {
        $services = @(Get-CimInstance -ClassName Win32_Service -Filter "ProcessId = $process" | ForEach-Object -Process { [string]$_.Name })
        $name = Get-CimInstance -ClassName Win32_Process -Filter "ProcessId = $process" | ForEach-Object -Process { [string]$_.Name }
        @{ process = [string]$name; services = $services }
    }
    $foreign = @($owners | Where-Object -FilterScript { $_.services -notcontains 'TermService' })
    if ($foreign.Count -gt 0) { return $foreign[0] }
    return @($owners)[0]
}

# From the registry: qwinsta speaks the language of the VM.
function Get-WinStationList {
    $stations = 'SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations'
    foreach ($name in @(Get-SubKeyNames $stations)) {
        $port = Get-RegistryData -Key "$stations\$name" -Name 'PortNumber'
        if ($null -eq $port -or $port.type -ne 'dword' -or $port.data -lt 1 -or $port.data -gt 65535) { continue }
        $driver = Get-RegistryData -Key "$stations\$name" -Name 'WdName'
        @{ name = $name; port = [int]$port.data; wdName = if ($null -eq $driver) { '' } else { [string]$driver.data } }
    }
}

function Wait-RdpListener {
    param([int]$Port, [int]$TimeoutSeconds)
    $deadline = [datetime]::UtcNow.AddSeconds($TimeoutSeconds)
    while ($true) {
        $owner = Get-PortOwner -Port $Port
        if ($null -ne $owner -and $owner.services -contains 'TermService') { return $true }
        if ([datetime]::UtcNow -ge $deadline) { return $false }
        Start-Sleep -Seconds 1
    }
}
