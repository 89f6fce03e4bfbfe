# When two states are the same state.

# Windows sorts the entries of a descriptor and keeps the flag AI as it likes.
function Compare-State($Left, $Right) {
    return (ConvertTo-Comparable $Left) -ceq (ConvertTo-Comparable $Right)
}

function ConvertTo-Comparable($State) {
    if ($State -isnot [System.Collections.IDictionary] -or -not $State.Contains('sddl')) { return ConvertTo-JsonText $State }
    $entries = Get-OrdinalOrder @(Get-AclEntries $State.sddl)
    return "$($State.owner) $($State.sddl -cmatch '\AD:[A-Z]*P') $entries"
}

# The entries of an access part as texts; a condition in one has brackets of its own.
$AclEntry = [regex]'\((?:[^()]|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)'

function Get-AclEntries($Sddl) {
    foreach ($match in $AclEntry.Matches($Sddl)) { $match.Value }
}

function Get-AclFlags([string]$Sddl) {
    return $AclEntry.Replace($Sddl, '')
}
