# The services behind Remote Desktop.

function Find-Service($Condition) {
    return Get-CimInstance -ClassName Win32_Service -Filter $Condition
}

function Get-ServiceCheckPoint($Name) {
    $service = Find-Service "Name = '$Name'"
    if ($service) { [int]$service.CheckPoint }
}

function Get-ServiceFacts($Name) {
    $service = Find-Service "Name = '$Name'"
    if (-not $service) { return $null }
    # The type in the registry is a number; in Win32_Service it may be "Unknown".
    $type = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Services\$Name" -Name 'Type'
    return @{
        state = $service.State
        startMode = $service.StartMode
        account = "$($service.StartName)"
        type = if ($type.data -band 0x10) { 'own' } else { 'share' }
    }
}
