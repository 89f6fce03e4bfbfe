# When two facts are the same fact.

function Test-SameData {
    param($Left, $Right)
    return (ConvertTo-JsonText $Left) -ceq (ConvertTo-JsonText $Right)
}

# Owner and access part say the same. Windows sorts the entries of one kind and keeps the flag AI as it likes.
function Test-SameSecurity {
    param($Left, $Right)
    $same = (ConvertTo-ComparableSddl $Left.sddl) -ceq (ConvertTo-ComparableSddl $Right.sddl)
    return $same -and $Left.owner -eq $Right.owner
}

function ConvertTo-ComparableSddl {
    param([string]$Sddl)
    $protected = if ($Sddl -cmatch '^D:[A-Z]*P') { 'P' } else { '' }
    $entries = [string[]]@([regex]::Matches($Sddl, '\([^)]*\)') | ForEach-Object -Process { $_.Value })
    [array]::Sort($entries, [System.StringComparer]::Ordinal)
    return 'D:' + $protected + ($entries -join '')
}

# The settings of a service that a change may set; whether it runs is not among them.
function Get-ServiceSetting {
    param([string]$Name)
    $facts = Get-ServiceFacts -Name $Name
    if ($null -eq $facts) { return $null }
    return @{ account = $facts.account; startMode = $facts.startMode; type = $facts.type }
}
