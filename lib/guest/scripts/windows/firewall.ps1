# The Windows firewall as it is in force, whoever made it so.

# The group by its resource id, which no translation changes.
$RdpFirewallGroup = '@FirewallAPI.dll,-28752'

function Get-FirewallFacts($Port) {
    $service = Find-Service "Name = 'MpsSvc'"
    $state = if ($service) { $service.State } else { 'absent' }
    # Without its service the firewall answers nothing.
    if ($state -ne 'Running') { return @{ service = $state; profiles = @(); rules = @() } }
    return @{ service = $state; profiles = @(Get-FirewallProfiles); rules = @(Get-FirewallRules $Port) }
}

function Get-FirewallProfiles {
    $active = @(Get-NetConnectionProfile -ErrorAction Stop | ForEach-Object { "$($_.NetworkCategory)" -replace 'DomainAuthenticated', 'Domain' })
    $policies = 'SOFTWARE\Policies\Microsoft\WindowsFirewall'
    foreach ($one in @(Get-NetFirewallProfile -PolicyStore ActiveStore -ErrorAction Stop)) {
        # Policy keeps the profile of private networks under its old name as well.
        $keys = @("$policies\$($one.Name)Profile") + @(if ($one.Name -eq 'Private') { "$policies\StandardProfile" })
        $managed = @(foreach ($key in $keys) {
            foreach ($value in 'EnableFirewall', 'DefaultInboundAction', 'DoNotAllowExceptions') { Get-RegistryData -Key $key -Name $value }
        })
        @{
            name = $one.Name
            active = $active -contains $one.Name
            enabled = "$($one.Enabled)" -eq 'True'
            defaultInbound = if ("$($one.DefaultInboundAction)" -eq 'Allow') { 'Allow' } else { 'Block' }
            # "Block all, including allowed apps": rules count for nothing.
            blockAll = "$($one.AllowInboundRules)" -eq 'False'
            managedBy = if (@($managed | Where-Object { $null -ne $_ }).Count -gt 0) { 'policy' } else { 'local' }
        }
    }
}

# Inbound TCP rules of the group, and any other that names the port. Rules and their ports are each read at once and
# joined by their id: asked rule by rule, this takes minutes.
function Get-FirewallRules($Port) {
    $ports = @{}
    foreach ($filter in @(Get-NetFirewallPortFilter -PolicyStore ActiveStore -Protocol TCP -ErrorAction Stop)) { $ports["$($filter.InstanceID)"] = @($filter.LocalPort) }
    foreach ($rule in @(Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -ErrorAction Stop)) {
        $names = $ports["$($rule.InstanceID)"]
        $group = $rule.RuleGroup -eq $RdpFirewallGroup
        if (-not $names -or -not ($group -or (Test-PortNamed $names $Port))) { continue }
        @{
            name = $rule.Name
            group = $group
            enabled = "$($rule.Enabled)" -eq 'True'
            action = if ("$($rule.Action)" -eq 'Allow') { 'Allow' } else { 'Block' }
            profiles = @('Domain', 'Private', 'Public' | Where-Object { "$($rule.Profile)" -match "\b($_|Any)\b" })
            localPorts = $names
            managedBy = if ("$($rule.PolicyStoreSourceType)" -eq 'GroupPolicy') { 'policy' } else { 'local' }
        }
    }
}

# By number or within a range; "Any" names no port.
function Test-PortNamed($Names, $Port) {
    foreach ($name in $Names) {
        if ($name -notmatch '\A[0-9]+(-[0-9]+)?\z') { continue }
        $first, $last = ("$name-$name" -split '-')[0, -1]
        if ($Port -ge [int]$first -and $Port -le [int]$last) { return $true }
    }
    return $false
}
