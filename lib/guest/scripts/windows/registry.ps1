# Values below HKEY_LOCAL_MACHINE, of the 64-bit registry whatever this process is.

function Open-MachineKey {
    param([string]$Key, [switch]$Writable)
    $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
    try { return $machine.OpenSubKey($Key, [bool]$Writable) } finally { $machine.Dispose() }
}

function Get-SubKeyNames {
    param([string]$Key)
    $opened = Open-MachineKey $Key
    if ($null -eq $opened) { return }
    try { $opened.GetSubKeyNames() } finally { $opened.Dispose() }
}

# Absent, empty and unreadable are three different facts: $null, a value, an error.
function Get-RegistryData {
    param([string]$Key, [string]$Name)
    $opened = Open-MachineKey $Key
    if ($null -eq $opened) { return $null }
    try {
        $data = $opened.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
        if ($null -eq $data) { return $null }
        switch ([string]$opened.GetValueKind($Name)) {
            # A number with its highest bit set comes as a negative one.
            'DWord' { return @{ type = 'dword'; data = [long]$data -band 0xffffffffL } }
            'String' { return @{ type = 'string'; data = [string]$data } }
            'MultiString' { return @{ type = 'multi-string'; data = [string[]]@($data) } }
            'Binary' { return @{ type = 'binary'; data = ConvertTo-Hex $data } }
            default { throw "HKLM\$Key\$Name is of the type $_, which this script does not handle." }
        }
    } finally {
        $opened.Dispose()
    }
}

function Set-RegistryData {
    param([string]$Key, [string]$Name, [string]$Type, $Data)
    $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
    $opened = $machine.CreateSubKey($Key)
    try {
        switch ($Type) {
            'dword' {
                $number = [System.BitConverter]::ToInt32([System.BitConverter]::GetBytes([uint32]$Data), 0)
                $opened.SetValue($Name, $number, [Microsoft.Win32.RegistryValueKind]::DWord)
            }
            'string' { $opened.SetValue($Name, [string]$Data, [Microsoft.Win32.RegistryValueKind]::String) }
            'multi-string' { $opened.SetValue($Name, [string[]]@($Data), [Microsoft.Win32.RegistryValueKind]::MultiString) }
            'binary' { $opened.SetValue($Name, (ConvertFrom-Hex $Data), [Microsoft.Win32.RegistryValueKind]::Binary) }
            default { throw "There is no registry type $Type." }
        }
        $opened.Flush()
    } finally {
        $opened.Dispose()
        $machine.Dispose()
    }
}

function ConvertFrom-Hex {
    param([string]$Hex)
    $bytes = New-Object -TypeName byte[] -ArgumentList ($Hex.Length / 2)
    for ($at = 0; $at -lt $bytes.Length; $at += 1) { $bytes[$at] = [System.Convert]::ToByte($Hex.Substring(2 * $at, 2), 16) }
    return , $bytes
}

function Remove-RegistryData {
    param([string]$Key, [string]$Name)
    $opened = Open-MachineKey $Key -Writable
    if ($null -eq $opened) { throw "There is no registry key HKLM\$Key." }
    try {
        $opened.DeleteValue($Name, $true)
        $opened.Flush()
    } finally {
        $opened.Dispose()
    }
}
