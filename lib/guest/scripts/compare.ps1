# When two states are the same state.

# Windows sorts the entries of one kind and keeps the flag AI as it likes. The order of the kinds counts: a deny entry acts
# only on what stands behind it. And no access part is not an empty one: it grants everything to everybody.
function Compare-State($Left, $Right) {
    return (ConvertTo-Comparable $Left) -ceq (ConvertTo-Comparable $Right)
}

function ConvertTo-Comparable($State) {
    if ($State -isnot [System.Collections.IDictionary] -or -not $State.Contains('sddl')) { return ConvertTo-JsonText $State }
    $ordered, $alike, $former = @(), @(), ''
    foreach ($entry in @(Get-AclEntries $State.sddl) + '') {
        $parts = $entry.Trim('()') -split ';'
        $kind = if ($entry) { "$(@('D', 'XD', 'OD') -ccontains $parts[0]) $($parts[1] -cmatch 'ID')" }
        if ($kind -ne $former) { $ordered, $alike = @($ordered + @(Get-OrdinalOrder $alike)), @() }
        $alike += $entry
        $former = $kind
    }
    return "$($State.owner) $($State.sddl -cmatch '\AD:[A-Z]*P') $($State.sddl -cmatch 'NO_ACCESS_CONTROL') $ordered"
}

# The entries of an access part as texts; a condition in one has brackets of its own.
$AclEntry = [regex]'\((?:[^()]|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)'

function Get-AclEntries($Sddl) {
    foreach ($match in $AclEntry.Matches($Sddl)) { $match.Value }
}

function Get-AclFlags([string]$Sddl) {
    return $AclEntry.Replace($Sddl, '')
}
