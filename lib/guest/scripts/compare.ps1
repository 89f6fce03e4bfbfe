# When two states are the same state.

# Windows sorts the entries of a descriptor and keeps the flag AI as it likes.
function Compare-State($Left, $Right) {
    return (ConvertTo-Comparable $Left) -ceq (ConvertTo-Comparable $Right)
}

function ConvertTo-Comparable($State) {
    if ($State -isnot [System.Collections.IDictionary] -or -not $State.Contains('sddl')) { return ConvertTo-JsonText $State }
    $entries = Get-OrdinalOrder @([regex]::Matches($State.sddl, '\([^)]*\)') | ForEach-Object { $_.Value })
    return "$($State.owner) $($State.sddl -cmatch '\AD:[A-Z]*P') $entries"
}
