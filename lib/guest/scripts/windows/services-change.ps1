# Stops, starts and configures the Remote Desktop services.

# Other services that stopped because they depend on one of ours, by the name of ours.
$StoppedDependents = @{}

# ServiceController waits for the state itself; Stop-Service and Restart-Service come back before it is reached.
function Stop-RdpService($Name, $TimeoutSeconds) {
    $service = Get-Service -Name $Name
    $dependents = @($service.DependentServices | Where-Object { $_.Status -eq 'Running' -and $RdpServices -notcontains $_.Name })
    # They come in the order in which they stop; they start in the opposite one.
    [array]::Reverse($dependents)
    if ($dependents.Count -gt 0) { $StoppedDependents[$Name] = $dependents }
    $patience = [timespan]::FromSeconds($TimeoutSeconds)
    # A service that is just starting accepts the command once it runs.
    if ($service.Status -eq 'StartPending') { $service.WaitForStatus('Running', $patience) }
    if ($service.Status -notin 'Stopped', 'StopPending') { $service.Stop() }
    $service.WaitForStatus('Stopped', $patience)
}

function Start-RdpService($Name, $TimeoutSeconds) {
    $service = Get-Service -Name $Name
    if ($service.Status -notin 'Running', 'StartPending') { $service.Start() }
    $service.WaitForStatus('Running', [timespan]::FromSeconds($TimeoutSeconds))
    foreach ($dependent in @($StoppedDependents[$Name] | Where-Object { $_ })) {
        # One that another has started already is up. A service of others that does not start is no reason to roll back.
        $dependent.Refresh()
        try { if ("$($dependent.Status)" -eq 'Stopped') { $dependent.Start() } } catch { $null = $_ }
    }
    $StoppedDependents.Remove($Name)
}

function Stop-HungService($Name) {
    $service = Find-Service "Name = '$Name'"
    if ($service.State -notlike '* Pending' -or $service.ProcessId -eq 0) { throw "The service $Name does not hang." }
    $others = @(Find-Service "ProcessId = $($service.ProcessId) AND Name != '$Name'" | ForEach-Object { $_.Name })
    if ($others.Count -gt 0) { throw "The service $Name hangs in one process with $($others -join ', '), which would end too. Restart the VM." }
    Stop-Process -Id $service.ProcessId -Force
    (Get-Service -Name $Name).WaitForStatus('Stopped', [timespan]::FromSeconds(30))
}

# Only what differs is handed over: Windows demands a password for some accounts even when they stay.
function Set-ServiceSetting($Name, $StartMode, $Account, $Type) {
    $facts = Get-ServiceFacts $Name
    $settings = @{}
    if ($facts.startMode -ne $StartMode) { $settings.StartMode = $StartMode -replace '^Auto$', 'Automatic' }
    if ($facts.account -ne $Account) { $settings += @{ StartName = $Account; StartPassword = '' } }
    if ($facts.type -ne $Type) { $settings.ServiceType = [byte]@{ own = 0x10; share = 0x20 }[$Type] }
    if ($settings.Count -eq 0) { return }
    $answer = Invoke-CimMethod -InputObject (Find-Service "Name = '$Name'") -MethodName Change -Arguments $settings
    if ($answer.ReturnValue -ne 0) { throw "Windows refused the settings of the service $Name (Win32_Service.Change: $($answer.ReturnValue))." }
}
