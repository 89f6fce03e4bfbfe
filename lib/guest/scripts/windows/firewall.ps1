# The Windows firewall as it is in effect, whatever its source.

$FirewallPolicies = 'SOFTWARE\Policies\Microsoft\WindowsFirewall'
$LocalFirewall = 'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy'

function Get-FirewallFacts($Port) {
    $service = Find-Service "Name = 'MpsSvc'"
    $facts = @{ service = if ($service) { $service.State } else { 'absent' }; profiles = @(); rules = @() }
    # Without its service the firewall answers nothing.
    if ($facts.service -ne 'Running') {
        $facts.startup = Get-FirewallStartup $service
        return $facts
    }
    $active = Get-ActiveProfiles
    if ($active.unread) { $facts.profileUnread = $active.unread }
    $facts.profiles = @(Get-FirewallProfiles $active.names)
    $chosen = Select-FirewallRules @(Get-FirewallRules $Port)
    $facts.rules = $chosen.rules
    if ($chosen.leftOut.allow + $chosen.leftOut.block -gt 0) { $facts.leftOut = $chosen.leftOut }
    $ipsec = @(Get-IpsecRules)
    if ($ipsec.Count -gt 0) { $facts.ipsec = $ipsec }
    return $facts
}

# The categories of the connected networks. Network Location Awareness may be off; the rules are in effect all the same.
function Get-ActiveProfiles {
    try {
        $names = @(Get-NetConnectionProfile -ErrorAction Stop | ForEach-Object { "$($_.NetworkCategory)" -replace 'DomainAuthenticated', 'Domain' })
        return @{ names = $names; unread = $null }
    } catch {
        return @{ names = @(); unread = Get-FailureText $_ }
    }
}

function Get-FirewallProfiles($Active) {
    foreach ($one in @(Get-NetFirewallProfile -PolicyStore ActiveStore -ErrorAction Stop)) {
        # Policy keeps the profile of private networks under its old name as well.
        $keys = @("$FirewallPolicies\$($one.Name)Profile") + @(if ($one.Name -eq 'Private') { "$FirewallPolicies\StandardProfile" })
        $managed = @(foreach ($key in $keys) {
            foreach ($value in 'EnableFirewall', 'DefaultInboundAction', 'DoNotAllowExceptions') { Get-RegistryData -Key $key -Name $value }
        })
        $facts = @{
            name = $one.Name
            active = $Active -contains $one.Name
            enabled = "$($one.Enabled)" -eq 'True'
            defaultInbound = if ("$($one.DefaultInboundAction)" -eq 'Allow') { 'Allow' } else { 'Block' }
            # "Block all, including allowed apps": rules count for nothing.
            blockAll = "$($one.AllowInboundRules)" -eq 'False'
            managedBy = if (@($managed | Where-Object { $null -ne $_ }).Count -gt 0) { 'policy' } else { 'local' }
        }
        # Only policy can void local rules, so only the deviation is told.
        if ("$($one.AllowLocalFirewallRules)" -eq 'False' -or (Test-NotMerged $keys 'AllowLocalPolicyMerge')) { $facts.localRules = $false }
        if ("$($one.AllowLocalIPsecRules)" -eq 'False' -or (Test-NotMerged $keys 'AllowLocalIPsecPolicyMerge')) { $facts.localIpsec = $false }
        $facts
    }
}

function Test-NotMerged($Keys, $Name) {
    foreach ($key in $Keys) {
        $value = Get-RegistryData -Key $key -Name $Name
        if ($null -ne $value -and $value.type -eq 'dword' -and $value.data -eq 0) { return $true }
    }
    return $false
}

# Inbound TCP rules of the group, and any other that is on and speaks about who may reach the listener. Each part of the
# rules is read for all at once and joined by their id: the work grows with the number of rules, and asked rule by rule
# it takes minutes.
function Get-FirewallRules($Port) {
    $ports = Join-RuleParts @(Get-NetFirewallPortFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $programs = Join-RuleParts @(Get-NetFirewallApplicationFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $services = Join-RuleParts @(Get-NetFirewallServiceFilter -PolicyStore ActiveStore -ErrorAction Stop)
    $addresses = Join-RuleParts @(Get-NetFirewallAddressFilter -PolicyStore ActiveStore -ErrorAction Stop)
    foreach ($rule in @(Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -ErrorAction Stop)) {
        $id = "$($rule.InstanceID)"
        $candidates = @($ports[$id] | Where-Object { $_ -and $_.Protocol -in 'TCP', 'Any' })
        if ($candidates.Count -eq 0) { continue }
        $group = $rule.RuleGroup -eq $RdpFirewallGroup
        if (-not $group) {
            if ("$($rule.Enabled)" -ne 'True') { continue }
            if (-not (Test-PortNamed @($candidates | Select-Object -ExpandProperty LocalPort) $Port)) { continue }
        }
        # A rule of a policy may have the id of a local one. Each is then asked for its own parts.
        $twins = @($ports[$id]).Count -gt 1
        $filter = if ($twins) { Get-NetFirewallPortFilter -AssociatedNetFirewallRule $rule -ErrorAction Stop } else { $candidates | Select-Object -First 1 }
        if ($filter.Protocol -notin 'TCP', 'Any') { continue }
        $program = if ($twins) { Get-NetFirewallApplicationFilter -AssociatedNetFirewallRule $rule -ErrorAction Stop } else { $programs[$id] | Select-Object -First 1 }
        $service = if ($twins) { Get-NetFirewallServiceFilter -AssociatedNetFirewallRule $rule -ErrorAction Stop } else { $services[$id] | Select-Object -First 1 }
        $address = if ($twins) { Get-NetFirewallAddressFilter -AssociatedNetFirewallRule $rule -ErrorAction Stop } else { $addresses[$id] | Select-Object -First 1 }
        $names = @($filter | Select-Object -ExpandProperty LocalPort)
        $reaches = Test-ListenerMeant $program $service
        if (-not $group -and -not ($reaches -and (Test-PortNamed $names $Port))) { continue }
        @{
            name = $rule.Name
            group = $group
            enabled = "$($rule.Enabled)" -eq 'True'
            action = if ("$($rule.Action)" -eq 'Allow') { 'Allow' } else { 'Block' }
            profiles = @('Domain', 'Private', 'Public' | Where-Object { "$($rule.Profile)" -match "\b($_|Any)\b" })
            localPorts = $names
            reachesListener = $reaches
            remoteAddresses = @($address | Where-Object { $_ } | Select-Object -ExpandProperty RemoteAddress)
            managedBy = if ("$($rule.PolicyStoreSourceType)" -in 'GroupPolicy', 'MDM') { 'policy' } else { 'local' }
        }
    }
}

# A list of parts for each id: usually of one.
function Join-RuleParts($Parts) {
    $joined = @{}
    foreach ($part in $Parts) {
        $id = "$($part.InstanceID)"
        if ($joined.ContainsKey($id)) { $joined[$id] += , $part } else { $joined[$id] = @($part) }
    }
    return $joined
}

# How many rules, and how many addresses of one rule, the reply has room for.
$MostRules = 16
# Of those that block single addresses: a few show what makes them.
$MostBans = 4
$MostAddresses = 8

# The rules that decide come first: for all addresses, then Windows' own that are off, then those that allow some. Rules
# that block single addresses, of which a tool against attackers makes thousands, are the first to be left out.
function Select-FirewallRules($Rules) {
    $order = 'everybody', 'off', 'allow', 'block'
    $sorted = @{}
    foreach ($class in $order) { $sorted[$class] = @() }
    $left = @{ allow = 0; block = 0 }
    $kept = 0
    foreach ($rule in $Rules) {
        $class = Get-RuleClass $rule
        # A list that grows by one copies itself: it must not grow with the number of rules.
        $most = if ($class -eq 'block') { $MostBans } else { $MostRules }
        if ($sorted[$class].Count -ge $most) { $left[$rule.action]++; continue }
        $sorted[$class] += , $rule
    }
    $chosen = @(foreach ($class in $order) {
        foreach ($rule in $sorted[$class]) {
            if ($kept -ge $MostRules) { if ($class -ne 'off') { $left[$rule.action]++ }; continue }
            $kept++
            $more = $rule.remoteAddresses.Count - $MostAddresses
            if ($more -gt 0) {
                $rule.remoteAddresses = @($rule.remoteAddresses | Select-Object -First $MostAddresses)
                $rule.addressesLeftOut = $more
            }
            $rule
        }
    })
    return @{ rules = $chosen; leftOut = $left }
}

function Get-RuleClass($Rule) {
    if (-not $Rule.enabled -or -not $Rule.reachesListener) { return 'off' }
    if (@($Rule.remoteAddresses | Where-Object { $_ -in 'Any', '*' }).Count -gt 0) { return 'everybody' }
    if ($Rule.action -eq 'Allow') { return 'allow' }
    return 'block'
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
