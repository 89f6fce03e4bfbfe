# The Windows firewall as it is in force, whoever made it so.

# The group by its resource id, which no translation changes.
$RdpFirewallGroup = '@FirewallAPI.dll,-28752'

function Get-FirewallFacts {
    param([int]$Port)
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name = 'MpsSvc'"
    return @{
        service = if ($null -eq $service) { 'absent' } else { [string]$service.State }
        profiles = @(Get-FirewallProfiles)
        rules = @(Get-FirewallRules $Port)
    }
}

function Get-FirewallProfiles {
    $active = @(Get-NetConnectionProfile -ErrorAction Stop | ForEach-Object -Process {
        ([string]$_.NetworkCategory).Replace('DomainAuthenticated', 'Domain')
    })
    foreach ($one in @(Get-NetFirewallProfile -PolicyStore ActiveStore -ErrorAction Stop)) {
        $name = [string]$one.Name
        @{
            name = $name
            active = $active -contains $name
            enabled = [string]$one.Enabled -eq 'True'
            defaultInbound = if ([string]$one.DefaultInboundAction -eq 'Allow') { 'Allow' } else { 'Block' }
            # "Block all, including allowed apps": rules count for nothing.
            blockAll = [string]$one.AllowInboundRules -eq 'False'
            managedBy = if (Test-ProfilePolicy $name) { 'policy' } else { 'local' }
        }
    }
}

# Policy keeps the profile of private networks under its old name as well.
function Test-ProfilePolicy {
    param([string]$Name)
    $keys = @("${Name}Profile")
    if ($Name -eq 'Private') { $keys += 'StandardProfile' }
    foreach ($key in $keys) {
        foreach ($value in @('EnableFirewall', 'DefaultInboundAction', 'DoNotAllowExceptions')) {
            if ($null -ne (Get-RegistryData -Key "SOFTWARE\Policies\Microsoft\WindowsFirewall\$key" -Name $value)) { return $true }
        }
    }
    return $false
}

# Inbound TCP rules of the group, and any other that names the port. Rules and their ports are each read at once and
# joined by their id: asked rule by rule, this takes minutes.
function Get-FirewallRules {
    param([int]$Port)
    $ports = @{}
    foreach ($filter in @(Get-NetFirewallPortFilter -PolicyStore ActiveStore -Protocol TCP -ErrorAction Stop)) {
        $ports[[string]$filter.InstanceID] = @($filter.LocalPort | ForEach-Object -Process { [string]$_ })
    }
    foreach ($rule in @(Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -ErrorAction Stop)) {
        $id = [string]$rule.InstanceID
        if (-not $ports.ContainsKey($id)) { continue }
        $group = [string]$rule.RuleGroup -eq $RdpFirewallGroup
        if (-not $group -and -not (Test-PortNamed $ports[$id] $Port)) { continue }
        @{
            name = [string]$rule.Name
            group = $group
            enabled = [string]$rule.Enabled -eq 'True'
            action = if ([string]$rule.Action -eq 'Allow') { 'Allow' } else { 'Block' }
            profiles = @(Get-ProfileNames ([string]$rule.Profile))
            localPorts = @($ports[$id])
            managedBy = if ([string]$rule.PolicyStoreSourceType -eq 'GroupPolicy') { 'policy' } else { 'local' }
        }
    }
}

function Get-ProfileNames {
    param([string]$Profiles)
    foreach ($name in @('Domain', 'Private', 'Public')) {
        if ($Profiles -eq 'Any' -or $Profiles -match "\b$name\b") { $name }
    }
}

# By number or within a range; "Any" names no port.
function Test-PortNamed {
    param([string[]]$Names, [int]$Port)
    foreach ($name in $Names) {
        if ($name -notmatch '\A([0-9]{1,5})(?:-([0-9]{1,5}))?\z') { continue }
        $last = if ($Matches.ContainsKey(2)) { [int]$Matches[2] } else { [int]$Matches[1] }
        if ($Port -ge [int]$Matches[1] -and $Port -le $last) { return $true }
    }
    return $false
}

# In the local store: rules of group policy have another and are never touched.
function Set-FirewallRuleEnabled {
    param([string]$Name, [bool]$Enabled)
    $state = if ($Enabled) { 'True' } else { 'False' }
    Set-NetFirewallRule -Name $Name -Enabled $state -ErrorAction Stop
}

function Set-FirewallBlockAll {
    param([string]$Profile, [bool]$BlockAll)
    $allow = if ($BlockAll) { 'False' } else { 'True' }
    Set-NetFirewallProfile -Name $Profile -AllowInboundRules $allow -ErrorAction Stop
}
