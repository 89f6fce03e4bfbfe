# set-registry-value { value, to, was }, remove-registry-value { value, was }: value is an id of the declared values.
$ChangeKinds['set-registry-value'] = @{
    Target = { param($Change) Get-DeclaredPath $Change.value }
    Forbid = {
        param($Change)
        $declared = Find-DeclaredValue $Change['value']
        if ($null -eq $declared) { return "The value '$($Change['value'])' is not one that this script knows." }
        $allowed = @($declared.MayBecome | Where-Object -FilterScript { Test-SameData (ConvertFrom-JsonText $_) $Change['to'] })
        if ($allowed.Count -eq 0) { return "$(Get-DeclaredPath $Change.value) may not become this." }
    }
    Differ = { param($Change) Find-RegistryDifference $Change $Change['to'] }
    Operations = { param($Change) New-DeclaredOperation $Change.value $Change.to }
}

$ChangeKinds['remove-registry-value'] = @{
    Target = { param($Change) Get-DeclaredPath $Change.value }
    Forbid = {
        param($Change)
        $declared = Find-DeclaredValue $Change['value']
        if ($null -eq $declared) { return "The value '$($Change['value'])' is not one that this script knows." }
        if (-not $declared.MayBeRemoved) { return "$(Get-DeclaredPath $Change.value) may not be removed." }
    }
    Differ = { param($Change) Find-RegistryDifference $Change $null }
    Operations = { param($Change) New-DeclaredOperation $Change.value $null }
}

function Find-DeclaredValue {
    param($Id)
    if ($Id -isnot [string] -or -not $DeclaredValues.Contains($Id)) { return $null }
    return $DeclaredValues[$Id]
}

function Get-DeclaredPath {
    param([string]$Id)
    return "HKLM\$($DeclaredValues[$Id].Key)\$($DeclaredValues[$Id].Name)"
}

function Find-RegistryDifference {
    param($Change, $To)
    $present = Get-DeclaredData $Change.value
    if ((Test-SameData $present $Change['was']) -or (Test-SameData $present $To)) { return }
    return "$(Get-DeclaredPath $Change.value) is $(ConvertTo-DataText $present) now, no longer $(ConvertTo-DataText $Change['was'])."
}

function New-DeclaredOperation {
    param([string]$Id, $To)
    $present = Get-DeclaredData $Id
    if (Test-SameData $present $To) { return }
    return New-RegistryOperation $DeclaredValues[$Id].Key $DeclaredValues[$Id].Name $present $To
}
