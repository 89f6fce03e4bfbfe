# enable-firewall-group { was }: Windows' own Remote Desktop rules that are off. set-firewall-inbound { profile, to, was }:
# from "block all, even what rules allow" to "block what no rule allows". The firewall is never turned off.
$ChangeKinds['enable-firewall-group'] = @{
    Target = { 'firewall group Remote Desktop' }
    Forbid = {
        param($Change)
        if ($null -eq $Change['was'] -or $Change.was['disabled'] -isnot [array]) { return 'The change of the firewall group does not say which rules were off.' }
    }
    Differ = {
        param($Change)
        $disabled = @(Get-DisabledGroupRules)
        if ($disabled.Count -eq 0) { return }
        $names = @($disabled | ForEach-Object -Process { $_.name } | Sort-Object)
        if (-not (Test-SameData $names @($Change.was.disabled | Sort-Object))) { return "The Remote Desktop firewall rules that are off are now: $($names -join ', ')." }
        foreach ($rule in $disabled) {
            if ($rule.managedBy -eq 'policy') { return "Group policy decides on the firewall rule $($rule.name)." }
        }
    }
    Operations = {
        foreach ($rule in @(Get-DisabledGroupRules)) { @{ kind = 'firewall-rule'; name = $rule.name; enabled = $true } }
    }
}

$ChangeKinds['set-firewall-inbound'] = @{
    Target = { param($Change) "firewall profile $($Change.profile)" }
    Forbid = {
        param($Change)
        if (@('Domain', 'Private', 'Public') -cnotcontains $Change['profile']) { return "The firewall has no profile '$($Change['profile'])'." }
        if ($Change['to'] -cne 'block') { return 'The firewall may become "block" and nothing else.' }
    }
    Differ = {
        param($Change)
        if ((Get-FirewallProfile $Change.profile).managedBy -eq 'policy') { return "Group policy decides on the firewall profile $($Change.profile)." }
    }
    Operations = {
        param($Change)
        if ((Get-FirewallProfile $Change.profile).blockAll) { @{ kind = 'firewall-block-all'; profile = $Change.profile; blockAll = $false } }
    }
}

function Get-DisabledGroupRules {
    foreach ($rule in (Get-FirewallFacts -Port (Get-RdpPort)).rules) {
        if ($rule.group -and -not $rule.enabled) { $rule }
    }
}
