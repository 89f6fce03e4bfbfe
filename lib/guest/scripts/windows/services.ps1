# The services behind Remote Desktop.

function Get-Win32Service {
    param([string]$Name)
    return Get-CimInstance -ClassName Win32_Service -Filter "Name = '$Name'"
}

function Get-ServiceFacts {
    param([string]$Name)
    $service = Get-Win32Service $Name
    if ($null -eq $service) { return $null }
    # The type in the registry is a number; in Win32_Service it may be "Unknown".
    $type = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Services\$Name" -Name 'Type'
    return @{
        state = [string]$service.State
        startMode = [string]$service.StartMode
        account = [string]$service.StartName
        type = if ($type.data -band 0x10) { 'own' } else { 'share' }
    }
}

# ServiceController waits for the state itself; Stop-Service and Restart-Service come back before it is reached.
function Stop-RdpService {
    param([string]$Name, [int]$TimeoutSeconds)
    $service = Get-Service -Name $Name
    if ($service.Status -eq 'Stopped') { return }
    if ($service.Status -ne 'StopPending') { $service.Stop() }
    $service.WaitForStatus('Stopped', [timespan]::FromSeconds($TimeoutSeconds))
}

function Start-RdpService {
    param([string]$Name, [int]$TimeoutSeconds)
    $service = Get-Service -Name $Name
    if ($service.Status -eq 'Running') { return }
    if ($service.Status -ne 'StartPending') { $service.Start() }
    $service.WaitForStatus('Running', [timespan]::FromSeconds($TimeoutSeconds))
}

function Stop-HungService {
    param([string]$Name)
    $service = Get-Win32Service $Name
    if ($null -eq $service -or $service.State -notlike '* Pending') { throw "The service $Name does not hang." }
    $process = [int]$service.ProcessId
    if ($process -eq 0) { throw "The service $Name hangs without a process." }
    $others = @(Get-CimInstance -ClassName Win32_Service -Filter "ProcessId = $process" | Where-Object -FilterScript { $_.Name -ne $Name })
    if ($others.Count -gt 0) {
        throw "The service $Name hangs in a process together with $(@($others | ForEach-Object -Process { $_.Name }) -join ', '), which would end too. Restart the VM."
    }
    Stop-Process -Id $process -Force
    (Get-Service -Name $Name).WaitForStatus('Stopped', [timespan]::FromSeconds(30))
}

# Only what differs is handed over: Windows demands a password for some accounts even when they stay.
function Set-ServiceSetting {
    param([string]$Name, [string]$StartMode, [string]$Account, [string]$Type)
    $facts = Get-ServiceFacts -Name $Name
    $settings = @{}
    if ($facts.startMode -ne $StartMode) { $settings.StartMode = if ($StartMode -eq 'Auto') { 'Automatic' } else { $StartMode } }
    if ($facts.account -ne $Account) { $settings.StartName = $Account; $settings.StartPassword = '' }
    if ($facts.type -ne $Type) { $settings.ServiceType = [byte]$(if ($Type -eq 'own') { 0x10 } else { 0x20 }) }
    if ($settings.Count -eq 0) { return }
    $answer = Invoke-CimMethod -InputObject (Get-Win32Service $Name) -MethodName Change -Arguments $settings
    if ($answer.ReturnValue -ne 0) { throw "Windows refused the settings of the service $Name (Win32_Service.Change: $($answer.ReturnValue))." }
}
