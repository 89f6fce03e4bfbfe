# What keeps the Windows firewall out of the way or from starting: IPsec rules that drop packets before it, and what its
# service needs.

$MostIpsecRules = 4

# Connection security rules that are on and demand IPsec, as the registry holds them, for who reads the evidence to judge.
# They drop packets without a log. [GPFAS]
function Get-IpsecRules {
    $found = @(foreach ($source in @{ key = $LocalFirewall; by = 'local' }, @{ key = $FirewallPolicies; by = 'policy' }) {
        $key = "$($source.key)\ConSecRules"
        foreach ($name in @(Get-ValueNames $key)) {
            $value = Get-RegistryData -Key $key -Name $name
            if ($null -eq $value) { continue }
            $text = if ($value.type -eq 'string') { "$($value.data)" } else { $null }
            if ($null -ne $text -and ($text -notmatch '\|Active=TRUE\|' -or $text -notmatch '\|Action=Secure(Server)?\|')) { continue }
            # A text that is cut would be another rule.
            @{ id = $name; managedBy = $source.by; text = if ($null -ne $text -and $text.Length -le 500) { $text } else { $null } }
        }
    })
    return @($found | Select-Object -First $MostIpsecRules)
}

function Get-FirewallStartup($Service) {
    $engine = Find-Service "Name = 'BFE'"
    return @{
        startMode = if ($Service) { "$($Service.StartMode)" } else { $null }
        engine = if ($engine) { @{ state = $engine.State; startMode = $engine.StartMode } } else { $null }
        loopbackApps = Get-LoopbackApps
        failures = @(Get-FirewallFailures @($Service, $engine))
    }
}

# DebugedLoopbackApps (spelled so by Windows) of the key AppCs, which nobody may read, SYSTEM neither: only with the
# privileges of a backup. MpsSvc reads it as it starts and dies of any type but REG_SZ. [FWS] $null: absent.
function Get-LoopbackApps {
    try {
        $key = Open-LoopbackKey
        if (-not $key) { return $null }
        try {
            $data = $key.GetValue('DebugedLoopbackApps', $null, 'DoNotExpandEnvironmentNames')
            if ($null -eq $data) { return $null }
            return @{ type = "$($key.GetValueKind('DebugedLoopbackApps'))"; characters = (@($data) -join '').Length }
        } finally {
            $key.Dispose()
        }
    } catch {
        return @{ unreadable = Get-FailureText $_ }
    }
}

function Open-LoopbackKey {
    $parent = 'SYSTEM\CurrentControlSet\Services\mpssvc\Parameters'
    # The call that opens a key for a backup would make one that is not there.
    if (@(Get-SubKeyNames $parent) -notcontains 'AppCs') { return $null }
    Enable-BackupPrivileges
    $handle = [intptr]::Zero
    $disposition = 0
    # -2147483646: HKEY_LOCAL_MACHINE. 4: REG_OPTION_BACKUP_RESTORE. 0x20119: KEY_READ of the 64-bit registry.
    $native = Get-Native
    $code = $native::RegCreateKeyExW([intptr]::new(-2147483646), "$parent\AppCs", 0, '', 4, 0x20119, [intptr]::Zero, [ref]$handle, [ref]$disposition)
    if ($code -ne 0) { throw ('The registry key AppCs cannot be opened (0x{0:X8}).' -f $code) }
    return [RegistryKey]::FromHandle([SafeRegistryHandle]::new($handle, $true))
}

function Get-ValueNames($Key) {
    $opened = $LocalMachine.OpenSubKey($Key)
    if (-not $opened) { return }
    try { $opened.GetValueNames() } finally { $opened.Dispose() }
}

# What the service manager has logged about these two services within a day, by id and the code in the event. The log of
# a service that restarts for ever has wrapped: older events are gone.
function Get-FirewallFailures($Services) {
    $names = @($Services | Where-Object { $_ } | ForEach-Object { $_.Name; $_.DisplayName })
    $from = @{ Source = 'Service Control Manager'; Ids = 7000, 7001, 7009, 7023, 7024, 7031, 7034 }
    $found = @(Read-Events $from ([datetime]::Now.AddHours(-24)) | ForEach-Object {
        $values = @($_.Properties | ForEach-Object { "$($_.Value)" })
        if ($names -contains $values[0]) { @{ id = $_.Id; status = if ($values.Count -gt 1) { $values[1] -replace '\A%%', '' } else { $null } } }
    })
    foreach ($group in @($found | Group-Object -Property { "$($_.id) $($_.status)" } | Select-Object -First 4)) {
        @{ id = $group.Group[0].id; status = $group.Group[0].status; count = $group.Count }
    }
}
