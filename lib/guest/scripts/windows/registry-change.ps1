# Values below HKEY_LOCAL_MACHINE, changed.

function Set-RegistryData($Key, $Name, $Type, $Data) {
    $opened = $LocalMachine.CreateSubKey($Key)
    try {
        switch ($Type) {
            'dword' { $opened.SetValue($Name, [System.BitConverter]::ToInt32([System.BitConverter]::GetBytes([uint32]$Data), 0), 'DWord') }
            'string' { $opened.SetValue($Name, $Data, 'String') }
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
    $opened = $LocalMachine.OpenSubKey($Key, $true)
    if (-not $opened) { throw "There is no registry key HKLM\$Key." }
    try {
        $opened.DeleteValue($Name, $true)
        $opened.Flush()
    } finally {
        $opened.Dispose()
    }
}
