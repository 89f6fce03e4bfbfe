# Stopping and starting the services around the work.
#   stop-services { names, before }   the beginning of a restart, with the states of all services before it

$WaitSeconds = 60
# How long SessionEnv may take, after its start, to find its certificate wanting and to make another one.
$RenewalSeconds = 5

function Get-ServiceStates {
    $states = @{}
    foreach ($name in $RdpServices) {
        $facts = Get-ServiceFacts $name
        $states[$name] = if ($facts) { $facts.state }
    }
    return $states
}

# Windows spells NT AUTHORITY\NetworkService with a blank or without, and in either case.
function Test-OwnAccount($Name, $Account) {
    return "$Account".Replace(' ', '') -eq "$($RdpServiceAccounts[$Name])".Replace(' ', '')
}

function Test-Startable($Name, $Setting) {
    return $Setting.startMode -ne 'Disabled' -and (Test-OwnAccount $Name $Setting.account)
}

# A service that runs although its settings forbid it would not come back from a restart, whatever else comes of that.
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

# UmRdpService leans on TermService, so it goes first and comes last.
function New-StopServices($Names) {
    return @{ kind = 'stop-services'; names = $Names; before = Get-ServiceStates }
}

# A service that hangs in a pending state obeys nobody: its process is ended, unless others live in it too.
function Stop-ServiceWithTimeout($Name) {
    if ((Get-ServiceStates)[$Name] -in $null, 'Stopped') { return }
    try {
        Stop-RdpService -Name $Name -TimeoutSeconds $WaitSeconds
    } catch {
        if ((Get-ServiceStates)[$Name] -notlike '* Pending') { throw }
        Stop-HungService $Name
    }
}

# SessionEnv first: it makes the certificate that TermService presents. Answers whether TermService listens then.
function Start-RdpServices($Names) {
    foreach ($name in $RdpServices) {
        if ($Names -contains $name) { Start-RdpService -Name $name -TimeoutSeconds $WaitSeconds }
    }
    if ($Names -notcontains 'TermService') { return $false }
    return Wait-RdpListener -Port (Get-RdpPort) -TimeoutSeconds $WaitSeconds
}

# Each service into the state that it had before the work, unless somebody else has started or stopped it after the
# work: Present differs from After then. Nothing makes a service hang again. Whether Remote Desktop listens is for the
# evidence to say: what was put back may be the very fault that keeps it from it.
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

# A change or an entry of the journal that is the bracket around the others.
function Test-Restart($Item) {
    return $Item.label.kind -eq 'restart-rdp-services'
}
