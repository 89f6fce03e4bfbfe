# The role of a session host and its licences.

function Get-LicensingFacts {
    # The namespace answers to packet privacy alone, which is what CIM uses.
    $setting = Get-CimInstance -Namespace 'root\cimv2\TerminalServices' -ClassName Win32_TerminalServiceSetting
    $facts = @{ mode = [int]$setting.TerminalServerMode }
    if ($facts.mode -eq 0) { return $facts }
    $edition = Get-RegistryData -Key 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name 'EditionID'
    if ($edition -and $edition.data -eq 'ServerRdsh') { $facts.multiSession = $true }
    $facts.type = [int]$setting.LicensingType
    try {
        $named = (Invoke-CimMethod -InputObject $setting -MethodName GetSpecifiedLicenseServerList).SpecifiedLSList
        $facts.servers = @($named | Where-Object { $_ }).Count
    } catch { $facts.servers = $null }
    try { $facts.days = [int](Invoke-CimMethod -InputObject $setting -MethodName GetGracePeriodDays).DaysLeft } catch { $facts.days = $null }
    return $facts
}
