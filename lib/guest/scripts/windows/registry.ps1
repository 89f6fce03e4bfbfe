# Values below HKEY_LOCAL_MACHINE, of the 64-bit registry whatever this process is.

$LocalMachine = [RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')

function Get-SubKeyNames($Key) {
    $opened = $LocalMachine.OpenSubKey($Key)
    if (-not $opened) { return }
    try { $opened.GetSubKeyNames() } finally { $opened.Dispose() }
}

# $null for no such key, 'used' for one with values or other keys in it.
function Get-RegistryKeyState([string]$Key) {
    $opened = $LocalMachine.OpenSubKey($Key)
    if (-not $opened) { return $null }
    try { if ($opened.ValueCount + $opened.SubKeyCount -gt 0) { 'used' } else { 'empty' } } finally { $opened.Dispose() }
}

# Absent, empty and unreadable are three different facts: $null, a value, an error.
function Get-RegistryData($Key, $Name) {
    $opened = $LocalMachine.OpenSubKey($Key)
    if (-not $opened) { return $null }
    try {
        $data = $opened.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
        if ($null -eq $data) { return $null }
        switch ($opened.GetValueKind($Name)) {
            # A number with its highest bit set comes as a negative one.
            'DWord' { return @{ type = 'dword'; data = [long]$data -band 4294967295 } }
            'String' { return @{ type = 'string'; data = $data } }
            'ExpandString' { return @{ type = 'expand-string'; data = $data } }
            'MultiString' { return @{ type = 'multi-string'; data = $data } }
            'Binary' { return @{ type = 'binary'; data = ConvertTo-Hex $data } }
            # One value of an odd type is no reason to know nothing of the others.
            default { return @{ type = 'other'; data = "$_" } }
        }
    } finally {
        $opened.Dispose()
    }
}

function ConvertFrom-Hex([string]$Hex) {
    return , [byte[]]@(for ($at = 0; $at -lt $Hex.Length; $at += 2) { [System.Convert]::ToByte($Hex.Substring($at, 2), 16) })
}
