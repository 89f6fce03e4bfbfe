# The Windows firewall as it is in effect, whatever its source.

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

# Inbound TCP rules of the group, and any other that speaks about who may reach the listener. Each part of the rules is
# read for all at once and joined by their id: asked rule by rule, this takes minutes.
function Get-FirewallRules($Port) {
    $ports = Join-RuleParts @(Get-NetFirewallPortFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $programs = Join-RuleParts @(Get-NetFirewallApplicationFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $services = Join-RuleParts @(Get-NetFirewallServiceFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $addresses = Join-RuleParts @(Get-NetFirewallAddressFilter -PolicyStore ActiveStore -ErrorAction Stop)
    foreach ($rule in @(Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -ErrorAction Stop)) {
        $id = "$($rule.InstanceID)"
        if (-not $ports[$id] -or $ports[$id].Protocol -notin 'TCP', 'Any') { continue }
        $names = @($ports[$id].LocalPort)
        $group = $rule.RuleGroup -eq $RdpFirewallGroup
        $reaches = Test-ListenerMeant $programs[$id] $services[$id]
        if (-not $group -and -not ($reaches -and (Test-PortNamed $names $Port))) { continue }
        @{
            name = $rule.Name
            group = $group
            enabled = "$($rule.Enabled)" -eq 'True'
            action = if ("$($rule.Action)" -eq 'Allow') { 'Allow' } else { 'Block' }
            profiles = @('Domain', 'Private', 'Public' | Where-Object { "$($rule.Profile)" -match "\b($_|Any)\b" })
            localPorts = $names
            reachesListener = $reaches
            remoteAddresses = @(if ($addresses[$id]) { $addresses[$id].RemoteAddress })
            managedBy = if ("$($rule.PolicyStoreSourceType)" -eq 'GroupPolicy') { 'policy' } else { 'local' }
        }
    }
}

function Join-RuleParts($Parts) {
    $joined = @{}
    foreach ($part in $Parts) { $joined["$($part.InstanceID)"] = $part }
    return $joined
}

# Whether a rule is for the process and the service that listen, or for all. A package is an app from the store.
function Test-ListenerMeant($Program, $Service) {
    if ($Program -and ($Program.Package -or $Program.Program -notmatch '\A(Any|System|.*\\svchost\.exe)\z')) { return $false }
    return -not $Service -or $Service.Service -in 'Any', '*', 'TermService'
}

# By number, within a range, or as any.
function Test-PortNamed($Names, $Port) {
    foreach ($name in $Names) {
        if ($name -eq 'Any') { return $true }
        if ($name -notmatch '\A[0-9]+(-[0-9]+)?\z') { continue }
        $first, $last = ("$name-$name" -split '-')[0, -1]
        if ($Port -ge [int]$first -and $Port -le [int]$last) { return $true }
    }
    return $false
}
