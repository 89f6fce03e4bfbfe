# Stopping and starting the services around the work.
#   stop-services { names, before }   the beginning of a restart, with the states of all services before it

# The time that SessionEnv may need after its start to find its certificate unusable and make another one.
$RenewalSeconds = 5

function Get-ServiceStates {
    $states = @{}
    foreach ($name in $RdpServices) {
        $facts = Get-ServiceFacts $name
        $states[$name] = if ($facts) { $facts.state }
    }
    return $states
}

# Windows writes NT AUTHORITY\NetworkService with or without a blank, in upper or lower case.
function Test-OwnAccount($Name, $Account) {
    return "$Account".Replace(' ', '') -eq "$($RdpServiceAccounts[$Name])".Replace(' ', '')
}

function Test-Startable($Name, $Setting) {
    return $Setting.startMode -ne 'Disabled' -and (Test-OwnAccount $Name $Setting.account)
}

# A service that runs although its settings forbid it would not start again after a restart.
function Assert-Restartable($Changes) {
    foreach ($name in $RdpServices) {
        $facts = Get-ServiceFacts $name
        if (-not $facts -or $facts.state -ne 'Running') { continue }
        foreach ($change in $Changes) {
            if ($change.kind -eq 'configure-service' -and $change.service -eq $name) { $facts = $change.to }
        }
        if (-not (Test-Startable $name $facts)) { throw "The service $name runs, and its settings would not let it start again." }
    }
}

# UmRdpService depends on TermService, so it stops first and starts last.
function New-StopServices($Names) {
    return @{ kind = 'stop-services'; names = $Names; before = Get-ServiceStates }
}

# A service that hangs in a pending state accepts no command: its process is ended, unless other services run in it. A
# busy host stops slowly: a service hangs when it reports no progress through a whole wait after the first, or after five.
function Stop-ServiceWithTimeout($Name) {
    for ($wait = 1; (Get-ServiceStates)[$Name] -notin $null, 'Stopped'; $wait += 1) {
        $progress = Get-ServiceCheckPoint $Name
        try {
            Stop-RdpService -Name $Name -TimeoutSeconds $WaitSeconds
        } catch {
            if ((Get-ServiceStates)[$Name] -notlike '* Pending') { throw }
            if ($wait -ge $MaximumWaits -or ($wait -gt 1 -and (Get-ServiceCheckPoint $Name) -eq $progress)) { Stop-HungService $Name; return }
        }
    }
}

# SessionEnv first: it makes the certificate that TermService presents. Returns whether TermService listens afterwards.
function Start-RdpServices($Names) {
    foreach ($name in $RdpServices) {
        if ($Names -contains $name) { Start-RdpService -Name $name -TimeoutSeconds $WaitSeconds }
    }
    if ($Names -notcontains 'TermService') { return $false }
    return Wait-RdpListener -Port (Get-RdpPort) -TimeoutSeconds $WaitSeconds
}

# Restores each service's state from before the work, unless somebody else has started or stopped it after the work:
# Present differs from After then. A service is not made to hang again. The evidence says whether Remote Desktop
# listens: what was restored may be the fault that prevents it.
function Restore-ServiceStates($Before, $After, $Present) {
    $wanted = @{}
    foreach ($name in $RdpServices) {
        $wanted[$name] = $Before[$name]
        if (-not $After) { continue }
        if ($Before[$name] -like '* Pending') { $wanted[$name] = $After[$name] }
        if ($After[$name] -ne $Present[$name]) { $wanted[$name] = $Present[$name] }
    }
    foreach ($name in 'UmRdpService', 'TermService', 'SessionEnv') {
        if ($wanted[$name] -eq 'Stopped') { Stop-ServiceWithTimeout $name }
    }
    $null = Start-RdpServices @($RdpServices | Where-Object { $wanted[$_] -eq 'Running' })
}

# Whether a change or a journal entry is the restart around the others.
function Test-Restart($Item) {
    return $Item.label.kind -eq 'restart-rdp-services'
}
