# Keys and values below HKEY_LOCAL_MACHINE, changed.

# A missing key is not made here: that is a change of its own, or damage that must be seen.
function Set-RegistryData($Key, $Name, $Type, $Data) {
    $opened = Open-RegistryKey $Key
    try {
        switch ($Type) {
            'dword' { $opened.SetValue($Name, [System.BitConverter]::ToInt32([System.BitConverter]::GetBytes([uint32]$Data), 0), 'DWord') }
            'string' { $opened.SetValue($Name, $Data, 'String') }
            'expand-string' { $opened.SetValue($Name, $Data, 'ExpandString') }
            'multi-string' { $opened.SetValue($Name, [string[]]@($Data), 'MultiString') }
            'binary' { $opened.SetValue($Name, (ConvertFrom-Hex $Data), 'Binary') }
            default { throw "There is no registry type $Type." }
        }
        $opened.Flush()
    } finally {
        $opened.Dispose()
    }
}

function Remove-RegistryData([string]$Key, $Name) {
    $opened = Open-RegistryKey $Key
    try {
        $opened.DeleteValue($Name, $true)
        $opened.Flush()
    } finally {
        $opened.Dispose()
    }
}

function Open-RegistryKey([string]$Key) {
    $opened = $LocalMachine.OpenSubKey($Key, $true)
    if (-not $opened) { throw "There is no registry key HKLM\$Key." }
    return $opened
}

function New-RegistryKey([string]$Key) {
    $made = $LocalMachine.CreateSubKey($Key)
    try { $made.Flush() } finally { $made.Dispose() }
}

function Remove-RegistryKey([string]$Key) {
    if ((Get-RegistryKeyState $Key) -eq 'used') { throw "The registry key HKLM\$Key is not empty." }
    $LocalMachine.DeleteSubKey($Key, $true)
}
