# registry-value { key, name, before, after }: absent is $null, and comes back as absent.
$OperationKinds['registry-value'] = @{
    Do = {
        param($Operation)
        if ($null -eq $Operation.after) {
            Remove-RegistryData -Key $Operation.key -Name $Operation.name
        } else {
            Set-RegistryData -Key $Operation.key -Name $Operation.name -Type $Operation.after.type -Data $Operation.after.data
        }
    }
    Undo = {
        param($Operation)
        $present = Get-RegistryData -Key $Operation.key -Name $Operation.name
        if (Test-SameData $present $Operation.before) { return New-WayBack }
        $conflict = ''
        if (-not (Test-SameData $present $Operation.after)) {
            $conflict = "HKLM\$($Operation.key)\$($Operation.name) is $(ConvertTo-DataText $present), not what this had set."
        }
        return New-WayBack (New-RegistryOperation $Operation.key $Operation.name $present $Operation.before) $conflict
    }
}

function New-RegistryOperation {
    param([string]$Key, [string]$Name, $Before, $After)
    return @{ kind = 'registry-value'; key = $Key; name = $Name; before = $Before; after = $After }
}

function ConvertTo-DataText {
    param($Data)
    if ($null -eq $Data) { return 'absent' }
    return "$($Data.type) $(@($Data.data) -join ',')"
}
