# What starts the session of a user. Nothing is told that is as Windows makes it.

function Get-SubsystemFacts {
    $facts = @{}
    $winlogon = @(
        Get-WinlogonFacts 'Userinit' 'userinit.exe'
        Get-WinlogonFacts 'Shell' 'explorer.exe'
    )
    if ($winlogon.Count -gt 0) {
        $facts.winlogon = $winlogon
        if (Test-ServerCore) { $facts.core = $true }
    }
    $setup = Get-SetupFacts
    if ($setup) { $facts.setup = $setup }
    $profiles = Get-ProfileFacts
    if ($profiles.backup + $profiles.temporary + $profiles.missing -gt 0) { $facts.profiles = $profiles }
    if (Test-RpcSplit) { $facts.rpcSplit = $true }
    $appLocker = @(Get-AppLockerFacts)
    if ($appLocker.Count -gt 0) { $facts.appLocker = $appLocker }
    $restricted = Get-RestrictionFacts
    if ($restricted) { $facts.restricted = $restricted }
    $scripts = Get-ScriptCount
    if ($scripts -gt 0) { $facts.scripts = $scripts }
    return $facts
}

# Server Core has no explorer.exe: Windows starts another shell in its place.
function Test-ServerCore {
    $type = Get-RegistryData -Key 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name 'InstallationType'
    return $null -ne $type -and $type.data -eq 'Server Core'
}

# Both hold commands with commas between them; a comma may end them.
function Get-WinlogonFacts($Value, $Program) {
    $data = Get-RegistryData -Key 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon' -Name $Value
    $entries = @("$(if ($data) { $data.data })" -split ',' | ForEach-Object { [System.Environment]::ExpandEnvironmentVariables($_).Trim() } | Where-Object { $_ })
    $own = @($entries | Where-Object { Test-OwnProgram $_ $Program }).Count -gt 0
    $missing = @($entries | Where-Object { -not (Find-Program $_) })
    if ($Program -eq 'explorer.exe' -and (Test-ServerCore)) { $missing = @($missing | Where-Object { -not (Test-OwnProgram $_ $Program) }) }
    if ($own -and $missing.Count -eq 0 -and $entries.Count -eq 1) { return }
    return @{ value = $Value; data = if ($data) { Limit-Text $data.data 256 } else { $null }; own = $own; missing = @($missing | ForEach-Object { Limit-Text $_ 128 }) }
}

# Windows' own program, by its name or in its place.
function Test-OwnProgram([string]$Entry, $Program) {
    $root = Get-SystemRoot
    return @($Program, "$root\$Program", "$root\system32\$Program") -contains $Entry.Trim('"')
}

# Where Windows looks for a program without a path: its folders, and those of the machine's Path.
function Get-ProgramFolders {
    $root = Get-SystemRoot
    $path = Get-RegistryData -Key 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment' -Name 'Path'
    $listed = @("$(if ($path) { $path.data })" -split ';' | ForEach-Object { [System.Environment]::ExpandEnvironmentVariables($_).Trim().Trim('"').TrimEnd('\') })
    return @("$root\system32", $root, "$root\system32\WindowsPowerShell\v1.0") + @($listed | Where-Object { $_ -match '\A[A-Za-z]:' })
}

# A program registers itself there by its name, with its path as the default value.
function Get-RegisteredProgram($Name) {
    $data = Get-RegistryData -Key "SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\$Name" -Name ''
    if ($data) { return [System.Environment]::ExpandEnvironmentVariables("$($data.data)").Trim('"') }
}

# The file that a command starts; $null when there is none. A path without quotes may have blanks, and arguments after it.
function Find-Program([string]$Command) {
    $words = @(if ($Command -match '\A"([^"]+)"') { $Matches[1] } else { $Command -split ' ' })
    for ($count = $words.Count; $count -gt 0; $count -= 1) {
        $name = @($words | Select-Object -First $count) -join ' '
        # Blanks and signs that no file may have are of arguments.
        if ($name -match '["<>|*?]') { continue }
        $places = if ([Path]::IsPathRooted($name)) { @($name) } else { @(Get-ProgramFolders | ForEach-Object { "$_\$name" }) + @(Get-RegisteredProgram $name; Get-RegisteredProgram "$name.exe") }
        foreach ($place in $places) {
            foreach ($file in $place, "$place.exe") { if ([File]::Exists($file)) { return $file } }
        }
    }
    return $null
}

function Get-SetupFacts {
    $type = Get-RegistryData -Key 'SYSTEM\Setup' -Name 'SetupType'
    if (-not $type -or $type.type -ne 'dword' -or $type.data -eq 0) { return $null }
    $command = Get-RegistryData -Key 'SYSTEM\Setup' -Name 'CmdLine'
    $text = "$(if ($command) { $command.data })".Trim()
    $program = [System.Environment]::ExpandEnvironmentVariables($text)
    return @{ type = $type.data; command = Limit-Text $text 256; exists = $program -ne '' -and $null -ne (Find-Program $program) }
}

# Of people, not of services: a twin .bak or the bit 0x8 of State makes the next log-on a temporary one.
function Get-ProfileFacts {
    $list = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'
    $names = @(Get-SubKeyNames $list | Where-Object { $_ -match '\AS-1-5-21-' })
    $facts = @{ backup = @($names -like '*.bak').Count; temporary = 0; missing = 0 }
    foreach ($name in @($names -notlike '*.bak')) {
        $state = Get-RegistryData -Key "$list\$name" -Name 'State'
        if ($state -and $state.type -eq 'dword' -and $state.data -band 0x8) { $facts.temporary += 1 }
        $path = Get-RegistryData -Key "$list\$name" -Name 'ProfileImagePath'
        if ($path -and -not [Directory]::Exists([System.Environment]::ExpandEnvironmentVariables("$($path.data)"))) { $facts.missing += 1 }
    }
    return $facts
}

# Both must run in one process.
function Test-RpcSplit {
    $paths = @(foreach ($name in 'RpcSs', 'RpcEptMapper') {
        $path = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Services\$name" -Name 'ImagePath'
        if ($path) { "$($path.data)" }
    })
    return $paths.Count -eq 2 -and $paths[0] -cne $paths[1]
}

# Of the local policy, for the computer and for its users.
function Get-ScriptCount {
    $count = 0
    foreach ($who in 'Machine', 'User') {
        foreach ($file in 'scripts.ini', 'psscripts.ini') {
            $path = "$(Get-SystemRoot)\System32\GroupPolicy\$who\Scripts\$file"
            if (-not [File]::Exists($path)) { continue }
            $count += @([File]::ReadAllLines($path) | Where-Object { $_ -match '\A\s*\d+CmdLine\s*=\s*\S' }).Count
        }
    }
    return $count
}
