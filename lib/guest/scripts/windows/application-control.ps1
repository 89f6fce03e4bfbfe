# Whether AppLocker or a software restriction policy keeps users from running the programs of Windows.

# Only collections that refuse: with rules, and not in audit mode. Without EnforcementMode a collection with rules enforces.
function Get-AppLockerFacts {
    foreach ($collection in 'Exe', 'Dll') {
        $key = "SOFTWARE\Policies\Microsoft\Windows\SrpV2\$collection"
        $mode = Get-RegistryData -Key $key -Name 'EnforcementMode'
        $rules = @(Get-SubKeyNames $key | ForEach-Object { Get-RegistryData -Key "$key\$_" -Name 'Value' } | ForEach-Object { Read-AppLockerRule "$($_.data)" } | Where-Object { $_ })
        if ($rules.Count -eq 0 -or ($mode -and $mode.data -eq 0)) { continue }
        $windows = @($rules | Where-Object { $_.windows })
        $denied = @($windows | Where-Object { $_.action -eq 'Deny' -and $_.who -ne 'others' })
        $allowed = @($windows | Where-Object { $_.action -eq 'Allow' } | ForEach-Object { $_.who })
        $allows = if ($allowed -contains 'everybody') { 'everybody' } elseif ($allowed -contains 'administrators') { 'administrators' } else { 'nobody' }
        if ($denied.Count -gt 0 -or $allows -ne 'everybody') { @{ collection = $collection; denies = $denied.Count -gt 0; allows = $allows } }
    }
}

# Action, whom it is for, and whether it covers the programs of Windows: a path over them, or Microsoft as their publisher.
function Read-AppLockerRule([string]$Text) {
    $document = [System.Xml.XmlDocument]::new()
    try { $document.LoadXml($Text) } catch { return $null }
    $rule = $document.DocumentElement
    $sid = $rule.GetAttribute('UserOrGroupSid')
    $who = if (@('S-1-1-0', 'S-1-5-11', 'S-1-5-32-545') -contains $sid) { 'everybody' } elseif ($sid -eq 'S-1-5-32-544') { 'administrators' } else { 'others' }
    $windows = $false
    foreach ($node in $rule.SelectNodes('Conditions/*')) {
        $condition = [System.Xml.XmlElement]$node
        $publisher = $condition.GetAttribute('PublisherName')
        $path = $condition.GetAttribute('Path')
        if (($path -and (Test-WindowsPath $path)) -or $publisher -eq '*' -or $publisher -match 'O=MICROSOFT CORPORATION') { $windows = $true }
    }
    return @{ action = $rule.GetAttribute('Action'); who = $who; windows = $windows }
}

function Test-WindowsPath([string]$Path) {
    $folder = [System.Environment]::ExpandEnvironmentVariables($Path).TrimEnd('*').TrimEnd('\')
    return @('', '%OSDRIVE%', '%WINDIR%', '%SYSTEM32%', (Get-SystemRoot), "$(Get-SystemRoot)\System32", (Get-SystemRoot).Substring(0, 2)) -contains $folder
}

# A software restriction policy whose level is Disallowed. Its rules that allow a path name the level 262144.
function Get-RestrictionFacts {
    $key = 'SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers'
    $level = Get-RegistryData -Key $key -Name 'DefaultLevel'
    if (-not $level -or $level.type -ne 'dword' -or $level.data -ne 0) { return $null }
    $paths = @(Get-SubKeyNames "$key\262144\Paths" | ForEach-Object { Get-RegistryData -Key "$key\262144\Paths\$_" -Name 'ItemData' } | ForEach-Object { "$($_.data)" })
    # Windows' own rule names its folder by the registry.
    $allowing = @($paths | Where-Object { $_ -like '*CurrentVersion\SystemRoot%*' -or (Test-WindowsPath $_) })
    return @{ allows = $allowing.Count -gt 0 }
}
