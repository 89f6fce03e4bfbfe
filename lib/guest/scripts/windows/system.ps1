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
    return @{
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
}
