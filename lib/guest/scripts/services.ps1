# Stopping and starting the services around the work.

$StopSeconds = 60
$StartSeconds = 60
$ListenSeconds = 60
# How long SessionEnv may take, after its start, to find its certificate wanting and to make another one.
$RenewalSeconds = 5

function Get-ServiceStates {
    $states = @{}
    foreach ($name in $RdpServices) {
        $facts = Get-ServiceFacts -Name $name
        $states[$name] = if ($null -eq $facts) { $null } else { $facts.state }
    }
    return $states
}

# A service that hangs in a pending state obeys nobody: its process is ended, unless others live in it too.
function Stop-ServiceFirmly {
    param([string]$Name)
    $facts = Get-ServiceFacts -Name $Name
    if ($null -eq $facts -or $facts.state -eq 'Stopped') { return }
    try {
        Stop-RdpService -Name $Name -TimeoutSeconds $StopSeconds
    } catch {
        if ((Get-ServiceFacts -Name $Name).state -notlike '* Pending') { throw }
        Stop-HungService -Name $Name
    }
}

# Nobody uses a key while it is swapped. UmRdpService leans on TermService, so it goes first and comes last.
function Stop-RdpServices {
    param($Journal, $Change, [string[]]$Names, $TakesBack)
    $operation = @{ kind = 'stop-services'; names = $Names; before = Get-ServiceStates }
    Invoke-Operation $Journal $Change $operation $TakesBack
}

# SessionEnv first: it makes the certificate that TermService presents.
function Start-RdpServices {
    param($Before)
    Start-RdpService -Name 'SessionEnv' -TimeoutSeconds $StartSeconds
    Start-RdpService -Name 'TermService' -TimeoutSeconds $StartSeconds
    if ($Before['UmRdpService'] -eq 'Running') { Start-RdpService -Name 'UmRdpService' -TimeoutSeconds $StartSeconds }
}

# Each service into the state that it had before the work, unless somebody else has started or stopped it after the
# work: Present differs from After then. Nothing makes a service hang again. Whether Remote Desktop listens is for the
# evidence to say: what was put back may be the very fault that keeps it from it.
function Restore-ServiceStates {
    param($Before, $After, $Present)
    $wanted = @{}
    foreach ($name in $RdpServices) {
        $wanted[$name] = $Before[$name]
        if ($null -eq $After) { continue }
        if ($Before[$name] -like '* Pending') { $wanted[$name] = $After[$name] }
        if ($After[$name] -ne $Present[$name]) { $wanted[$name] = $Present[$name] }
    }
    foreach ($name in @('UmRdpService', 'TermService', 'SessionEnv')) {
        if ($wanted[$name] -eq 'Stopped') { Stop-ServiceFirmly $name }
    }
    foreach ($name in $RdpServices) {
        if ($wanted[$name] -eq 'Running') { Start-RdpService -Name $name -TimeoutSeconds $StartSeconds }
    }
    if ($wanted['TermService'] -eq 'Running') { $null = Wait-RdpListener -Port (Get-RdpPort) -TimeoutSeconds $ListenSeconds }
}

# Waits for Windows to have made what it presents by itself; answers whether it did.
function Wait-SelfSignedCertificate {
    for ($look = 0; $look -lt 30; $look += 1) {
        if (Test-SelfSignedReady) { return $true }
        Wait-Seconds -Seconds 2
    }
    return $false
}

function Test-Listening {
    $owner = Get-PortOwner -Port (Get-RdpPort)
    return $null -ne $owner -and @($owner.services) -contains 'TermService'
}
