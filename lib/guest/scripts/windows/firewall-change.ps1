# The Windows firewall, changed.

# In the local store: rules of group policy have another and are never touched.
function Set-FirewallRuleEnabled($Name, $Enabled) {
    Set-NetFirewallRule -Name $Name -Enabled "$Enabled" -ErrorAction Stop
}

function Set-FirewallBlockAll($Profile, $BlockAll) {
    Set-NetFirewallProfile -Name $Profile -AllowInboundRules "$(-not $BlockAll)" -ErrorAction Stop
}
