# Makes the machine one on which Remote Desktop works, by commands of PowerShell alone, except for the permissions of
# files, which Wine does not keep (stand-ins.ps1). Answers the certificate of the listener with its key.

function Set-Number($Key, $Name, $Number) {
    $null = New-Item -Path $Key -Force:(-not (Test-Path $Key)) -ErrorAction Ignore
    $null = New-ItemProperty -Path $Key -Name $Name -Value $Number -PropertyType DWord -Force
}

function Initialize-RemoteDesktop($Port) {
    $server = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server'
    $listener = "$server\WinStations\RDP-Tcp"
    Set-Number $server 'fDenyTSConnections' 0
    Set-Number $server 'TSUserEnabled' 0
    Set-Number "$server\WinStations" 'any' 0
    Remove-ItemProperty -Path "$server\WinStations" -Name 'any'
    foreach ($value in @{ PortNumber = $Port; fEnableWinStation = 1; LanAdapter = 0; SecurityLayer = 2; UserAuthentication = 1; MinEncryptionLevel = 2 }.GetEnumerator()) {
        Set-Number $listener $value.Key $value.Value
    }
    $null = New-ItemProperty -Path $listener -Name 'WdName' -Value 'Microsoft RDP 8.0' -Force

    $made = New-TestCertificate "CN=$([System.Environment]::MachineName)" 'TSSecKeySet1' 'Remote Desktop'
    $bytes = [System.Convert]::FromHexString($made.thumbprint)
    $null = New-ItemProperty -Path "$server\WinStations" -Name 'SelfSignedCertificate' -Value $bytes -PropertyType Binary -Force
    $null = New-ItemProperty -Path "$server\WinStations" -Name 'SelfSignedCertStore' -Value 'Remote Desktop' -Force

    # Wine keeps the key in its registry: a file in its place is what the guest looks at and moves.
    $folder = 'C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys'
    $guid = Get-ItemPropertyValue 'HKLM:\SOFTWARE\Microsoft\Cryptography' -Name MachineGuid
    $key = "$folder\f686aace6942fb7f7ceb231212eef4a4_$guid"
    $null = New-Item -ItemType Directory -Path $folder -Force
    [System.IO.File]::WriteAllText($key, 'the RDP key')
    [System.IO.File]::WriteAllText("$folder\76944fb33636aeddb9590521c2e8815a_$guid", 'a key of IIS')
    Save-Security $folder 'S-1-5-18' 'D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)'
    # As on Windows Server 2019 and later, but for NETWORK SERVICE, which lost its entry.
    Save-Security $key 'S-1-5-18' 'D:PAI(A;;FA;;;SY)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)'

    foreach ($name in 'SessionEnv', 'TermService', 'UmRdpService') { Start-Service -Name $name }
    return $made
}
