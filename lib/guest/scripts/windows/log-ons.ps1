# Counts of failed log-ons. No name of an account is read.

# The log of a VM under attack is long: what this many do not show, more would not either.
$MostLogOns = 5000

function Get-LogOnFacts {
    $facts = @{ failed = @{} }
    $recent = @{}
    $public = 0
    $hourAgo = [datetime]::UtcNow.AddHours(-1)
    $day = '*[System[EventID={0} and TimeCreated[timediff(@SystemTime) <= 86400000]]]'
    $paths = @('Status', 'SubStatus', 'LogonType', 'IpAddress' | ForEach-Object { "Event/EventData/Data[@Name='$_']" }) + 'Event/System/TimeCreated/@SystemTime'
    $seen = 0
    foreach ($values in Read-SecurityEvents ($day -f 4625) $paths $MostLogOns) {
        $seen += 1
        # 3: network, which is also network level authentication; 10: Remote Desktop.
        if (@(3, 10) -notcontains $values[2]) { continue }
        $status = if ([long]$values[1] -ne 0) { $values[1] } else { $values[0] }
        $code = '0x{0:X8}' -f ([long]$status -band 4294967295)
        $facts.failed[$code] = 1 + [int]$facts.failed[$code]
        if ($values[4] -is [datetime] -and ([datetime]$values[4]).ToUniversalTime() -ge $hourAgo) { $recent[$code] = 1 + [int]$recent[$code] }
        if (Test-PublicAddress "$($values[3])") { $public += 1 }
    }
    if ($recent.Count -gt 0) { $facts.recent = $recent }
    if ($public -gt 0) { $facts.public = $public }
    if ($seen -eq $MostLogOns) { $facts.more = $true }
    $lockOuts = @(Read-SecurityEvents ($day -f 4740) @('Event/System/EventID') 1000).Count
    if ($lockOuts -gt 0) { $facts.lockOuts = $lockOuts }
    return $facts + (Get-LocalAccountFacts)
}

# The values at these paths in each event, newest first.
function Read-SecurityEvents($Query, $Paths, $Most) {
    $asked = [EventLogQuery]::new('Security', [PathType]::LogName, $Query)
    $asked.ReverseDirection = $true
    $reader = [EventLogReader]::new($asked)
    $selector = [EventLogPropertySelector]::new([string[]]$Paths)
    try {
        for ($count = 0; $count -lt $Most; $count += 1) {
            $record = $reader.ReadEvent()
            if (-not $record) { break }
            try { , @(([EventLogRecord]$record).GetPropertyValues($selector)) } finally { $record.Dispose() }
        }
    } finally {
        $reader.Dispose()
    }
}

# Private, shared, local and absent addresses are not.
function Test-PublicAddress([string]$Text) {
    if ($Text -match '\A(::ffff:)?(\d+)\.(\d+)\.\d+\.\d+\z') {
        $first, $second = [int]$Matches[2], [int]$Matches[3]
        if (@(0, 10, 127) -contains $first -or $first -ge 224) { return $false }
        if ($first -eq 172 -and $second -ge 16 -and $second -le 31) { return $false }
        if ($first -eq 100 -and $second -ge 64 -and $second -le 127) { return $false }
        return -not (($first -eq 192 -and $second -eq 168) -or ($first -eq 169 -and $second -eq 254))
    }
    return $Text -match '\A[23][0-9a-f]{3}:'
}

# Of local accounts: a domain controller has none.
function Get-LocalAccountFacts {
    if ((Get-CimInstance -ClassName Win32_OperatingSystem).ProductType -eq 2) { return @{ administrator = $null } }
    $accounts = @(Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount = TRUE' -OperationTimeoutSec 20)
    $facts = @{}
    $locked = @($accounts | Where-Object { $_.Lockout -and -not $_.Disabled }).Count
    if ($locked -gt 0) { $facts.locked = $locked }
    $administrator = $accounts | Where-Object { $_.SID -match '\AS-1-5-21-.*-500\z' } | Select-Object -First 1
    if (-not $administrator) { $facts.administrator = $null }
    elseif ($administrator.Disabled) { $facts.administrator = 'disabled' }
    elseif ($administrator.Lockout) { $facts.administrator = 'locked' }
    return $facts
}
