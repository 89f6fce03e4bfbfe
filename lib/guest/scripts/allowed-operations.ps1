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

function Test-AllowedResource($Resource) {
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
            $folders = @((Get-MachineKeysPath), "$((Get-JournalRoot) -replace '\\[^\\]*\z')\Microsoft\Crypto\Keys")
            return $Resource.path -eq (Get-MachineKeysPath) -or ($folders -contains $folder -and $name -notin '', '.', '..')
        }
        'log-on-right' { return @($LogOnRights.get_Values()) -ccontains $Resource.right -and @($Trustees.get_Values()) -ccontains $Resource.sid }
        'certificate' { return $Resource.thumbprint -cmatch '\A[0-9A-F]{40}\z' }
        'service-setting' { return @($RdpServices) + @($CryptoServices.Keys) -ccontains $Resource.service }
        'service-state' { return $CryptoServices.Keys -ccontains $Resource.service }
        'restore-task' { return @($WeakenedValues.get_Keys() | ForEach-Object { ($_ -split '/')[1] }) -ccontains $Resource.value }
        { $_ -in 'firewall-rule', 'firewall-profile' } { return $Resource.name -is [string] }
        default { return $false }
    }
}

# In the folder of some run, and not the folder itself.
function Test-InJournal($Path) {
    $folder = [regex]::Escape((Get-JournalRoot)) + '\\[0-9a-fA-F-]{36}'
    return "$Path" -match "\A$folder(\\[^\\]+)+\z" -and "$Path" -notmatch '\\\.\.?(\\|\z)'
}
