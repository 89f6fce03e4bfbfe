# What Windows has said about Remote Desktop, by provider and id: ids repeat between providers, messages are translated.

function Get-EventCounts {
    param([int]$Hours)
    $since = [datetime]::Now.AddHours(-$Hours)
    $found = @(
        Find-Events 'RemoteConnectionManager' 'Microsoft-Windows-TerminalServices-RemoteConnectionManager' @(1050, 1051, 1052, 1053, 1054, 1056, 1057, 1058) $since
        Find-Events 'Schannel' 'Schannel' @(36870, 36871, 36872, 36874, 36885, 36886, 36887, 36888) $since
        Find-ServiceEvents $since
    )
    foreach ($group in @($found | Group-Object -Property { "$($_.provider) $($_.id) $($_.status)" })) {
        $last = @($group.Group | ForEach-Object -Process { $_.time } | Sort-Object -Descending)[0]
        $first = $group.Group[0]
        @{ provider = $first.provider; id = $first.id; status = $first.status; count = [int]$group.Count; last = ConvertTo-UtcText $last }
    }
}

# Newest first; a thousand are enough to count.
function Read-Events {
    param([string]$Source, [int[]]$Ids, [datetime]$Since)
    try {
        return @(Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = $Source; Id = $Ids; StartTime = $Since } -MaxEvents 1000)
    } catch {
        # No match is an error here.
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
        return @()
    }
}

function Find-Events {
    param([string]$Provider, [string]$Source, [int[]]$Ids, [datetime]$Since)
    foreach ($record in @(Read-Events $Source $Ids $Since)) {
        @{ provider = $Provider; id = [int]$record.Id; status = Get-EventStatus $record; time = $record.TimeCreated }
    }
}

# The cause is in the data of these: error codes as numbers, or the text of one.
function Get-EventStatus {
    param($Record)
    if (@(1057, 1058, 36870, 36871, 36874) -notcontains $Record.Id) { return $null }
    $parts = foreach ($property in $Record.Properties) {
        $value = $property.Value
        if ($value -is [string]) { $value } elseif ($value -is [int] -or $value -is [uint32] -or $value -is [long]) { ConvertTo-StatusText ([long]$value) }
    }
    $text = @($parts) -join ' '
    if ($text -eq '') { return $null }
    return $text
}

# 0x8009030D for what is an HRESULT, 10013 for what is a state.
function ConvertTo-StatusText {
    param([long]$Number)
    if ($Number -lt 0 -or $Number -gt 0x7fffffffL) { return '0x{0:X8}' -f ($Number -band 0xffffffffL) }
    return [string]$Number
}

# The service manager names a service as people see it, in the language of the VM.
function Find-ServiceEvents {
    param([datetime]$Since)
    $names = @(Get-Service -Name $RdpServices | ForEach-Object -Process { $_.DisplayName; $_.Name })
    foreach ($record in @(Read-Events 'Service Control Manager' @(7000, 7001, 7009, 7011, 7022, 7023, 7024, 7031, 7034) $Since)) {
        $named = @($record.Properties | Where-Object -FilterScript { $names -contains $_.Value })
        if ($named.Count -gt 0) { @{ provider = 'ServiceControlManager'; id = [int]$record.Id; status = $null; time = $record.TimeCreated } }
    }
}
