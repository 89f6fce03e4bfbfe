# firewall-rule { name, enabled }, firewall-block-all { profile, blockAll }: from one of two states to the other.
$OperationKinds['firewall-rule'] = @{
    Do = {
        param($Operation)
        Set-FirewallRuleEnabled -Name $Operation.name -Enabled $Operation.enabled
    }
    Undo = {
        param($Operation)
        $rule = (Get-FirewallFacts -Port (Get-RdpPort)).rules |
            Where-Object -FilterScript { $_.name -eq $Operation.name -and $_.managedBy -eq 'local' } |
            Select-Object -First 1
        if ($null -eq $rule) { return New-WayBack -Conflict "The firewall rule $($Operation.name) is no longer there." }
        if ($rule.enabled -ne $Operation.enabled) { return New-WayBack }
        return New-WayBack @{ kind = 'firewall-rule'; name = $Operation.name; enabled = -not $Operation.enabled }
    }
}

$OperationKinds['firewall-block-all'] = @{
    Do = {
        param($Operation)
        Set-FirewallBlockAll -Profile $Operation.profile -BlockAll $Operation.blockAll
    }
    Undo = {
        param($Operation)
        if ((Get-FirewallProfile $Operation.profile).blockAll -ne $Operation.blockAll) { return New-WayBack }
        return New-WayBack @{ kind = 'firewall-block-all'; profile = $Operation.profile; blockAll = -not $Operation.blockAll }
    }
}

function Get-FirewallProfile {
    param([string]$Name)
    $found = (Get-FirewallFacts -Port (Get-RdpPort)).profiles | Where-Object -FilterScript { $_.name -eq $Name }
    if ($null -eq $found) { throw "The firewall has no profile $Name." }
    return $found
}
