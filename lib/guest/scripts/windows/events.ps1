# What Windows has said about Remote Desktop, by provider and id: ids repeat between providers, messages are translated.

# The newest of each row are read. Scanners, and services that die again and again, write thousands in a day: they have rows of
# their own, behind which no other event is hidden.
$EventSources = @(
    @{ Provider = 'RemoteConnectionManager'; Source = 'Microsoft-Windows-TerminalServices-RemoteConnectionManager'; Ids = 1050, 1051, 1052, 1053, 1054, 1056, 1057, 1058, 1128 }
    @{ Provider = 'Schannel'; Source = 'Schannel'; Ids = 36870, 36872 }
    @{ Provider = 'Schannel'; Source = 'Schannel'; Ids = 36871 }
    @{ Provider = 'Schannel'; Source = 'Schannel'; Ids = 36874, 36885, 36886, 36887, 36888 }
    @{ Provider = 'ServiceControlManager'; Source = 'Service Control Manager'; Ids = 7000, 7001, 7009, 7011, 7022, 7023 }
    @{ Provider = 'ServiceControlManager'; Source = 'Service Control Manager'; Ids = 7024, 7031, 7034 }
    @{ Provider = 'Netlogon'; Source = 'NETLOGON'; Ids = 3210, 5719 }
    # Another computer with the same SID was refused.
    @{ Provider = 'LsaSrv'; Source = 'LsaSrv'; Ids = 6167 }
    # Memory ran low; the event names the programs that have the most.
    @{ Provider = 'ResourceExhaustion'; Source = 'Microsoft-Windows-Resource-Exhaustion-Detector'; Ids = 2004 }
    # No port was left for an outgoing connection.
    @{ Provider = 'Tcpip'; Source = 'Tcpip'; Ids = 4227, 4231 }
)
# The cause is in the data of these: a code, or its text.
$EventsWithStatus = 1057, 1058, 36870, 36871, 36874
$FailedStarts = 7000, 7001, 7023, 7024
# How many of their data tell the cause. Since Windows Server 2022 the process and its id follow in those of Schannel, by
# which no two processes would count as one.
$LeadingData = @{ 1057 = 8; 1058 = 8; 36870 = 3; 36871 = 2; 36874 = 1 }

function Get-EventCounts($Hours) {
    $since = [datetime]::Now.AddHours(-$Hours)
    # The service manager names a service as people see it, in the language of the VM.
    $services = @{}
    foreach ($service in @(Find-Service "Name = 'SessionEnv' OR Name = 'TermService' OR Name = 'UmRdpService'")) { foreach ($name in $service.Name, $service.DisplayName) { $services[$name] = $service.Name } }
    $found = @(foreach ($from in $EventSources) {
        foreach ($record in @(Read-Events $from $since)) {
            $values = @($record.Properties | ForEach-Object { $_.Value })
            $named = @($values | Where-Object { $services.ContainsKey("$_") })
            if ($from.Provider -eq 'ServiceControlManager' -and $named.Count -eq 0) { continue }
            $status = if ($EventsWithStatus -contains $record.Id) { Get-EventStatus @($values | Select-Object -First $LeadingData[[int]$record.Id]) }
            # The code of Windows, as %%126, comes last in these.
            if ($FailedStarts -contains $record.Id) { $status = "$($services[[string]$named[0]]) $([string]$values[-1])".Replace('%', '') }
            @{ provider = $from.Provider; id = $record.Id; status = $status; time = $record.TimeCreated }
        }
    })
    foreach ($group in @($found | Group-Object -Property { "$($_.provider) $($_.id) $($_.status)" })) {
        # The newest comes first.
        $newest = $group.Group[0]
        @{ provider = $newest.provider; id = $newest.id; status = $newest.status; count = $group.Count; last = ConvertTo-UtcText $newest.time }
    }
}

function Read-Events($From, $Since) {
    try {
        Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = $From.Source; Id = $From.Ids; StartTime = $Since } -MaxEvents 1000
    } catch {
        # No match is an error here, and so is a provider that this Windows does not have.
        if ($_.FullyQualifiedErrorId -notmatch '\A(NoMatchingEventsFound|NoMatchingProvidersFound|LogsAndProvidersDontOverlap)') { throw }
    }
}

# 0x8009030D for what is an HRESULT, 10013 for what is a state.
function Get-EventStatus($Values) {
    $parts = foreach ($value in $Values) {
        $number = $value -as [long]
        if ($null -ne $number -and ($number -lt 0 -or $number -gt 0x7fffffff)) { '0x{0:X8}' -f ($number -band 4294967295) } else { "$value" }
    }
    return $parts -join ' '
}
