#Requires -Version 7.2

<#
.SYNOPSIS
    Repairs Remote Desktop on one Azure VM through the service, and waits for the outcome.
.DESCRIPTION
    A runbook of Azure Automation. It signs in as the managed identity of the Automation account, which needs the app
    role Rdp.Repair of the service (Rdp.Read is enough for -Mode diagnose). It fails with the reason unless the VM ends
    up healthy or repaired: in Azure Automation the job fails, elsewhere the exit code is 0 healthy or repaired, 1 a fault
    remains, 2 the command was not understood, 3 the service did not do its work. It needs no modules.
    RDP_REMEDIATION_TOKEN, when it is set, takes the place of the sign-in; AZURE_CLIENT_ID chooses one of several
    user-assigned identities.
#>
[CmdletBinding()]
param(
    # Where the service is, e.g. https://rdp.contoso.com. Plain http is for this machine only.
    [Parameter(Mandatory = $true)]
    [uri] $ServiceUri,

    [Parameter(Mandatory = $true)]
    [string] $VmResourceId,

    # The application id URI of the service; without it the service itself says what a token must be for.
    [string] $Audience,

    # diagnose changes nothing.
    [string] $Mode = 'repair',

    # What may be done without asking, e.g. low. A riskier plan waits for a decision.
    [string] $MaximumRisk,

    # What the client shows: its codes (0x904 0x7) or the text of its dialog. A hint, and no evidence.
    [string] $ClientError,

    # How long to wait for the end. Azure Automation stops a job after three hours.
    [string] $TimeoutMinutes = '60'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# A job of Azure Automation fails only by an error that is thrown. Everywhere else the exit code says how it ended.
function Stop-Runbook([int] $Code, [string] $Message) {
    $text = ConvertTo-PlainText $Message
    if (Get-Variable -Name PSPrivateMetadata -ValueOnly -ErrorAction SilentlyContinue) { throw $text }
    [Console]::Error.WriteLine($text)
    exit $Code
}

# A service that is silent for so long will not be back soon.
$patienceMinutes = 5

# One line that neither a terminal nor a pipeline obeys: without control and format characters and workflow commands.
function ConvertTo-PlainText([string] $Text) {
    $line = [regex]::Replace($Text, '[\s\p{Zl}\p{Zp}]+', ' ')
    $line = [regex]::Replace($line, '[\p{Cc}\p{Cf}\p{Co}\p{Cn}]', '').Trim()
    $line = [regex]::Replace($line, '#{2,}(?=(vso)?\[)', '#', 'IgnoreCase')
    return [regex]::Replace($line, '^::', '> ::')
}

# What a token must be for, by the answer of the service to a request without one; empty when it does not say. Only an
# application id URI is taken: another audience could be Azure itself, and the token for it would go to the service.
function Find-Audience {
    $asking = @{
        Uri                     = $ServiceUri.AbsoluteUri.TrimEnd('/') + '/api/runs'
        TimeoutSec              = 60
        MaximumRedirection      = 0
        SkipHttpErrorCheck      = $true
        NoProxy                 = $ServiceUri.IsLoopback
        ResponseHeadersVariable = 'told'
    }
    $told = @{}
    try { $null = Invoke-RestMethod @asking } catch { return '' }
    if ("$($told['WWW-Authenticate'])" -match 'resource="(api://[^"\s]+)"') { return $Matches[1] }
    return ''
}

function Get-AccessToken {
    if ($env:RDP_REMEDIATION_TOKEN) { return $env:RDP_REMEDIATION_TOKEN }
    # Azure Automation and App Service say where their identity is. Elsewhere on Azure it is where every VM has it.
    $uri = 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01'
    $headers = @{ Metadata = 'true' }
    if ($env:IDENTITY_ENDPOINT) {
        $uri = "$($env:IDENTITY_ENDPOINT)?api-version=2019-08-01"
        $headers['X-IDENTITY-HEADER'] = $env:IDENTITY_HEADER
    }
    $uri += "&resource=$([uri]::EscapeDataString($Audience))"
    if ($env:AZURE_CLIENT_ID) { $uri += "&client_id=$($env:AZURE_CLIENT_ID)" }
    try {
        return (Invoke-RestMethod -Uri $uri -Headers $headers -NoProxy -TimeoutSec 30).access_token
    }
    catch {
        Stop-Runbook 3 "No access token for $Audience from the managed identity: $_ Outside Azure, set RDP_REMEDIATION_TOKEN."
    }
}

# Sends a request until it is answered. Returns the run and the seconds until the next poll.
function Invoke-Service([string] $Method, [string] $Path, [hashtable] $Headers = @{}, [string] $Body) {
    $giveUp = [datetime]::UtcNow.AddMinutes($patienceMinutes)
    if ($giveUp -gt $deadline) { $giveUp = $deadline }
    while ($true) {
        if (-not $script:Audience -and -not $env:RDP_REMEDIATION_TOKEN) {
            $script:Audience = Find-Audience
            if (-not $script:Audience) {
                if ([datetime]::UtcNow.AddSeconds(5) -gt $giveUp) {
                    Stop-Runbook 3 'The service does not say what a token must be for. Give -Audience.'
                }
                Write-Warning 'The service does not say yet what a token must be for. Retrying in 5 s.'
                Start-Sleep -Seconds 5
                continue
            }
        }
        $request = @{
            Method                  = $Method
            Uri                     = $ServiceUri.AbsoluteUri.TrimEnd('/') + $Path
            Headers                 = $Headers + @{ Authorization = "Bearer $(Get-AccessToken)" }
            TimeoutSec              = 60
            # A redirect would take the token elsewhere.
            MaximumRedirection      = 0
            SkipHttpErrorCheck      = $true
            # On its way to this machine the token passes no proxy.
            NoProxy                 = $ServiceUri.IsLoopback
            StatusCodeVariable      = 'status'
            ResponseHeadersVariable = 'answered'
        }
        if ($Body) { $request += @{ Body = $Body; ContentType = 'application/json; charset=utf-8' } }
        $status = 0
        $answered = @{}
        $failure = $null
        try { $answer = Invoke-RestMethod @request } catch { $failure = $_.Exception.Message }

        $wait = 5
        if ("$($answered['Retry-After'])" -match '^[1-9]\d{0,4}$') { $wait = [int] $Matches[0] }
        if (-not $failure -and $status -in 200, 202) {
            return ($answer | Select-Object -Property 'status', 'state', 'outcome', 'result', 'error', 'log', 'decideByDateTime'), $wait
        }
        if (-not $failure) {
            $problem = ($answer | Select-Object -Property 'error').error
            $failure = "HTTP $status"
            if ($problem) { $failure = "$($problem.message) ($failure $($problem.code))" }
        }
        if ($status -eq 400) { Stop-Runbook 2 "The service rejected the request: $failure" }
        if ($status -notin 0, 408, 429, 502, 503, 504) { Stop-Runbook 3 "The service rejected the request: $failure" }
        if ([datetime]::UtcNow.AddSeconds($wait) -gt $giveUp) { Stop-Runbook 3 "The service does not answer: $failure" }
        Write-Warning (ConvertTo-PlainText "$failure Retrying in $wait s.")
        Start-Sleep -Seconds $wait
    }
}

if ($ServiceUri.Scheme -ne 'https' -and -not ($ServiceUri.Scheme -eq 'http' -and $ServiceUri.IsLoopback)) {
    Stop-Runbook 2 '-ServiceUri must be an https address; plain http is for this machine only.'
}
if ($Mode -notin 'diagnose', 'repair') { Stop-Runbook 2 '-Mode must be diagnose or repair.' }
# Azure Automation stops a job after three hours.
if ($TimeoutMinutes -notmatch '^[1-9]\d{0,2}$' -or [int] $TimeoutMinutes -gt 170) {
    Stop-Runbook 2 '-TimeoutMinutes must be a number from 1 to 170.'
}
$deadline = [datetime]::UtcNow.AddMinutes([int] $TimeoutMinutes)

# The caller chooses the run's id, so a retry does not start a second run: neither after a lost response nor when Azure
# Automation restarts the job.
$id = [guid]::NewGuid().ToString()
$job = Get-Variable -Name PSPrivateMetadata -ValueOnly -ErrorAction SilentlyContinue
if ($job) { $id = "$($job.JobId)".ToLowerInvariant() }

$order = @{ vm = $VmResourceId; mode = $Mode }
if ($MaximumRisk) { $order.maximumRisk = $MaximumRisk }
if ($ClientError) { $order.clientError = $ClientError }
$run, $wait = Invoke-Service -Method Post -Path '/api/runs' -Headers @{ 'Operation-Id' = $id } -Body (ConvertTo-Json $order)

$told = $null
while ($run.status -in 'NotStarted', 'Running') {
    if ($run.state -ne $told) { Write-Output (ConvertTo-PlainText "Run ${id}: $($run.state)") }
    $told = $run.state
    if ([datetime]::UtcNow.AddSeconds($wait) -gt $deadline) {
        $address = "$($ServiceUri.AbsoluteUri.TrimEnd('/'))/api/runs/$id"
        if ($run.state -eq 'awaiting-approval') {
            # PowerShell makes a date of the text, which prints as month/day/year.
            $until = ([datetime] $run.decideByDateTime).ToUniversalTime().ToString('s') + 'Z'
            Stop-Runbook 3 "Run $id waits for a decision until $until. Somebody with the app role Rdp.Approve decides: POST $address/decision. The VM stays reserved until then."
        }
        Stop-Runbook 3 "Run $id continues ($($run.state)) after the time limit of $TimeoutMinutes min. Read it later: GET $address"
    }
    Start-Sleep -Seconds $wait
    $run, $wait = Invoke-Service -Method Get -Path "/api/runs/$id"
}

# A cancelled run has neither a result nor an error: its log says who cancelled it.
$reason = $run.log[-1].message
if ($run.result) { $reason = $run.result.summary }
if ($run.error) { $reason = $run.error.message }
$ending = ConvertTo-PlainText "Run ${id}: $($run.outcome). $reason"
if ($run.outcome -notin 'healthy', 'repaired') { Stop-Runbook 1 $ending }
Write-Output $ending
