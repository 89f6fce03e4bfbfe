# The machine as a whole, and time.

# Whether a command found nothing. That there is no such command has the same category, and says nothing about what there is.
function Test-NothingFound($Failure) {
    return $Failure.CategoryInfo.Category -eq 'ObjectNotFound' -and $Failure.Exception -isnot [System.Management.Automation.CommandNotFoundException]
}

function Get-UtcNow {
    return ConvertTo-UtcText ([datetime]::UtcNow)
}

function Wait-Seconds($Seconds) {
    Start-Sleep -Seconds $Seconds
}

function Get-MachineGuid {
    return (Get-RegistryData -Key 'SOFTWARE\Microsoft\Cryptography' -Name 'MachineGuid').data
}

function Get-WindowsSystem {
    $system = Get-CimInstance -ClassName Win32_OperatingSystem
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    # Files to be renamed at the next start are everyday life; these two keys are not.
    $current = 'SOFTWARE\Microsoft\Windows\CurrentVersion'
    $pending = @(Get-SubKeyNames "$current\Component Based Servicing") + @(Get-SubKeyNames "$current\WindowsUpdate\Auto Update")
    $facts = @{
        build = [int]$system.BuildNumber
        productType = @('', 'workstation', 'domain-controller', 'server')[$system.ProductType]
        domainJoined = $computer.PartOfDomain
        machineGuid = Get-MachineGuid
        computerName = if ($computer.DNSHostName) { $computer.DNSHostName } else { [System.Environment]::MachineName }
        bootTime = ConvertTo-UtcText $system.LastBootUpTime
        pendingReboot = $pending -contains 'RebootPending' -or $pending -contains 'RebootRequired'
        freeDiskMb = [long][math]::Floor([DriveInfo]::new($system.SystemDrive).AvailableFreeSpace / 1048576)
        powershell = "$($PSVersionTable.PSVersion)"
    }
    $edition = Get-RegistryData -Key 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name 'EditionID'
    if ($edition -and "$($edition.data)" -match 'Eval\z') { $facts.evaluation = $true }
    $credSsp = Get-CredSspVersion $facts.build
    if ($credSsp) { $facts.credSsp = $credSsp }
    return $facts
}

# Windows from version 1803 on has the CredSSP of 2018; in earlier ones the version of this library tells.
function Get-CredSspVersion($Build) {
    $path = "$([System.Environment]::SystemDirectory)\TSpkg.dll"
    if ($Build -ge 17134 -or -not [File]::Exists($path)) { return $null }
    $version = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($path)
    return '{0}.{1}.{2}.{3}' -f $version.FileMajorPart, $version.FileMinorPart, $version.FileBuildPart, $version.FilePrivatePart
}
