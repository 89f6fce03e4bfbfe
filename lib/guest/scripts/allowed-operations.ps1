# What an operation in a journal may be about. A journal is data on a disk: before anything of an earlier call or run is
# rolled back, each of its operations is held against the places that a change may touch.

function Assert-AllowedEntries($Entries) {
    foreach ($entry in $Entries) {
        if (-not (Test-AllowedOperation $entry.operation)) { throw "The journal of the run $($entry.run) names something that this script never changes ($($entry.step), operation $($entry.seq)). Nothing was rolled back." }
    }
}

function Test-AllowedOperation($Operation) {
    switch ($Operation.kind) {
        'resource' { return Test-AllowedResource $Operation.resource }
        'replace' {
            $places = @($Operation.out, $Operation.in | Where-Object { $_ })
            return @((Get-MachineKeysPath), (Get-RdpKeyPath)) -contains $Operation.path -and @($places | Where-Object { -not (Test-InJournal $_) }).Count -eq 0
        }
        'back-up-rdp-certificate' {
            # Blobs by thumbprint.
            $named = (ConvertTo-JsonText $Operation.certificates) -cmatch '\A\{("[0-9A-F]{40}":("[A-Za-z0-9+/=]*"|null),?)*\}\z'
            return $named -and $Operation.key.path -eq (Get-RdpKeyPath) -and (Test-InJournal $Operation.key.copy)
        }
        'stop-services' { return @($Operation.names | Where-Object { $RdpServices -cnotcontains $_ }).Count -eq 0 }
        default { return $false }
    }
}

# The table says what each field may hold. Some kinds are also held against what two fields say together, or this Windows.
function Test-AllowedResource($Resource) {
    $fields = $ResourceFields["$($Resource.kind)"]
    if (-not $fields -or @($fields.Keys | Where-Object { $Resource[$_] -isnot [string] -or $Resource[$_] -cnotmatch $fields[$_] }).Count -gt 0) { return $false }
    switch ($Resource.kind) {
        'registry-value' {
            # Those that a change may write, and the pointer that Windows writes itself.
            foreach ($id in $DeclaredValues.get_Keys()) {
                $declared = New-DeclaredResource $id
                if ($declared.key -eq $Resource.key -and $declared.name -eq $Resource.name) { return $DeclaredValues[$id].Count -gt 0 -or $id -eq $SelfSignedPointer }
            }
            return $false
        }
        'registry-key' { return @($CreatableKeys | Where-Object { "$_\".StartsWith("$($Resource.key)\") }).Count -gt 0 }
        'file-security' {
            $folder, $name = $Resource.path -split '\\(?=[^\\]*\z)'
            $folders = @((Get-MachineKeysPath), (Get-CngKeysPath))
            return $Resource.path -eq (Get-MachineKeysPath) -or ($folders -contains $folder -and $name -notin '', '.', '..')
        }
        default { return $true }
    }
}

# In the folder of some run, and not the folder itself.
function Test-InJournal($Path) {
    $roots = @(Get-JournalRoots | ForEach-Object { [regex]::Escape($_) }) -join '|'
    return "$Path" -match "\A($roots)\\[0-9a-fA-F-]{36}(\\[^\\]+)+\z" -and "$Path" -notmatch '\\\.\.?(\\|\z)'
}
