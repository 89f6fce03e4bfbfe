# The machine as a whole, and time.

function Get-UtcNow {
    return ConvertTo-UtcText ([datetime]::UtcNow)
}

function Wait-Seconds {
    param([int]$Seconds)
    Start-Sleep -Seconds $Seconds
}

function Get-WindowsSystem {
    $system = Get-CimInstance -ClassName Win32_OperatingSystem
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $drive = New-Object -TypeName System.IO.DriveInfo -ArgumentList $system.SystemDrive
    $products = @{ 1 = 'workstation'; 2 = 'domain-controller'; 3 = 'server' }
    return @{
        build = [int]$system.BuildNumber
        productType = $products[[int]$system.ProductType]
        domainJoined = [bool]$computer.PartOfDomain
        machineGuid = (Get-RegistryData -Key 'SOFTWARE\Microsoft\Cryptography' -Name 'MachineGuid').data
        computerName = [string]$computer.DNSHostName
        bootTime = ConvertTo-UtcText $system.LastBootUpTime
        pendingReboot = Test-PendingReboot
        freeDiskMb = [long][math]::Floor($drive.AvailableFreeSpace / 1MB)
        powershell = $PSVersionTable.PSVersion.ToString()
    }
}

# Servicing and Windows Update say so by a key; files to be renamed at the next start are everyday life and say nothing.
function Test-PendingReboot {
    $current = 'SOFTWARE\Microsoft\Windows\CurrentVersion'
    foreach ($key in @("$current\Component Based Servicing\RebootPending", "$current\WindowsUpdate\Auto Update\RebootRequired")) {
        $opened = Open-MachineKey $key
        if ($null -ne $opened) {
            $opened.Dispose()
            return $true
        }
    }
    return $false
}

# Sessions with a user on them.
function Get-SessionCounts {
    Import-NativeCalls
    $counts = [RdpRemediation.Native]::CountSessions()
    return @{ active = $counts[0]; disconnected = $counts[1] }
}
