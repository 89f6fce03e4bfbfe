# The services on which Remote Desktop depends, and what may keep its own from starting. The registry answers, so that a
# broken WMI leaves only the exit codes unknown.

$ServicesKey = 'SYSTEM\CurrentControlSet\Services'

# The text in a value with its environment variables replaced, empty without one.
function Get-ExpandedText($Key, $Name) {
    $data = Get-RegistryData -Key $Key -Name $Name
    if (-not $data) { return '' }
    return [System.Environment]::ExpandEnvironmentVariables("$($data.data)")
}

function Get-SupportingServices {
    $known = @(Get-SubKeyNames $ServicesKey)
    $section = @{
        missingServices = @($SupportingServices | Where-Object { $known -notcontains $_ })
        disabled = @(foreach ($name in $SupportingServices) {
            if (-not (Test-DisabledService $name)) { continue }
            $type = Get-RegistryData -Key "$ServicesKey\$name" -Name 'Type'
            @{ name = $name; state = Get-RunState $name; account = Get-ExpandedText "$ServicesKey\$name" 'ObjectName'; type = if ($type -and $type.data -band 0x10) { 'own' } else { 'share' } }
        })
        obstacles = @(foreach ($name in 'TermService', 'SessionEnv') { Get-StartObstacles $name $known })
    }
    foreach ($part in 'missingServices', 'disabled', 'obstacles') { if ($section[$part].Count -eq 0) { $section.Remove($part) } }
    return $section
}

function Test-DisabledService($Name) {
    $start = Get-RegistryData -Key "$ServicesKey\$Name" -Name 'Start'
    return $start -and $start.type -eq 'dword' -and $start.data -eq 4
}

# Drivers are services as well, and may not be told.
function Get-RunState($Name) {
    try {
        return "$((Get-Service -Name $Name -ErrorAction Stop).Status)" -creplace '(?<=[a-z])(?=[A-Z])', ' '
    } catch { return 'Unknown' }
}

function Get-StartObstacles($Name, $Known) {
    $key = "$ServicesKey\$Name"
    if ($Known -notcontains $Name) { return }
    $found = @{}
    $system = [System.Environment]::SystemDirectory
    $path = Get-ExpandedText "$key\Parameters" 'ServiceDll'
    $own = $path -eq "$system\$($ServiceLibraries[$Name])"
    $exists = [File]::Exists($path)
    if (-not $own -or -not $exists) {
        $company = if ($exists) { [System.Diagnostics.FileVersionInfo]::GetVersionInfo($path).CompanyName }
        $found.library = @{ path = $path; exists = $exists; company = if ($company) { "$company" } else { $null } }
    }
    $image = Get-ExpandedText $key 'ImagePath'
    if (-not $image.Replace([string][char]34, '').StartsWith("$system\svchost.exe ", 'OrdinalIgnoreCase')) { $found.image = $image }
    $depends = Get-RegistryData -Key $key -Name 'DependOnService'
    $blocked = @(foreach ($other in @(if ($depends) { $depends.data } else { @() })) {
        if ($Known -notcontains $other) { @{ name = $other; problem = 'missing' } } elseif ((Test-DisabledService $other) -and (Get-RunState $other) -ne 'Running') { @{ name = $other; problem = 'disabled' } }
    })
    if ($blocked.Count -gt 0) { $found.blockedBy = $blocked }
    try { $service = Find-Service "Name = '$Name'" } catch { $service = $null }
    # 1077: not started since the last start of Windows.
    if ($service -and $service.State -ne 'Running' -and $service.ExitCode -notin 0, 1077) {
        $found.exitCode = [long]$service.ExitCode
        if ($service.ExitCode -eq 1066) { $found.specificCode = [long]$service.ServiceSpecificExitCode }
    }
    if ($found.Count -gt 0) { $found + @{ service = $Name } }
}
