# The resources in Windows that a change may lead from one state to another: their kinds are in resource-fields.ps1, which is
# generated from lib/guest/resources.ts.

# What was removed may be there still: some stores remove in memory and tell of no failure.
function Assert-Removed($Resource) {
    if ($null -ne (Get-ResourceState $Resource)) { throw "$(Get-ResourceName $Resource) was removed, and is there still." }
}

function Find-Named($Items, $Name) {
    $found = @($Items | Where-Object { $_.name -eq $Name })
    if ($found.Count -eq 0) { throw "Windows has no $Name any more." }
    return $found[0]
}

function New-DeclaredResource($Id) {
    $group, $name = $Id -split '/'
    return @{ kind = 'registry-value'; key = $DeclaredKeys[$group]; name = $name }
}

# The operation that leads a resource to a state, or nothing when it is there already. Its inverse operation is the same operation
# with from and to exchanged.
function New-ResourceOperation($Resource, $To) {
    $from = Get-ResourceState $Resource
    if (-not (Compare-State $from $To)) { return @{ kind = 'resource'; resource = $Resource; from = $from; to = $To } }
}
