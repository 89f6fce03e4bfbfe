#Requires -Version 7.2

<#
.SYNOPSIS
    Repairs Remote Desktop on one Azure VM through the service, and waits for the outcome.
.DESCRIPTION
    A runbook of Azure Automation. It signs in as the managed identity of the Automation account, which needs the app
    role Rdp.Repair of the service (Rdp.Read is enough for -Mode diagnose). It fails with the reason unless the VM ends
    up healthy or repaired. It needs no modules. RDP_REMEDIATION_TOKEN, when it is set, takes the place of the sign-in;
    AZURE_CLIENT_ID chooses one of several user-assigned identities.
#>
[CmdletBinding()]
param(
    # Where the service is, e.g. https://rdp.contoso.com. Plain http is for this machine only.
    [Parameter(Mandatory = $true)]
    [ValidateScript({
            if ($_.Scheme -eq 'https' -or ($_.Scheme -eq 'http' -and $_.IsLoopback)) { return $true }
            throw 'It must be an https address; plain http is for this machine only.'
        })]
    [uri] $ServiceUri,

    [Parameter(Mandatory = $true)]
    [string] $VmResourceId,

    # The application id URI of the service.
    [string] $Audience = 'api://rdp-remediation',

    [ValidateSet('diagnose', 'repair')]
    [string] $Mode = 'repair',

    # What may be done without asking, e.g. low. A riskier plan waits for a decision.
    [string] $MaximumRisk,

    # What the client shows: its codes (0x904 0x7) or the text of its dialog. A hint, and no evidence.
    [string] $ClientError,

    # How long to wait for the end. Azure Automation stops a job after three hours.
    [ValidateRange(1, 170)]
    [int] $TimeoutMinutes = 60
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$deadline = [datetime]::UtcNow.AddMinutes($TimeoutMinutes)
# A service that is silent for so long will not be back soon.
$patienceMinutes = 5

# One line that neither a terminal nor a pipeline obeys: without control and format characters and workflow commands.
function ConvertTo-PlainText([string] $Text) {
    $line = [regex]::Replace($Text, '[\s\p{Zl}\p{Zp}]+', ' ')
    $line = [regex]::Replace($line, '[\p{Cc}\p{Cf}\p{Co}\p{Cn}]', '').Trim()
    $line = [regex]::Replace($line, '#{2,}(?=(vso)?\[)', '#', 'IgnoreCase')
    return [regex]::Replace($line, '^::', '> ::')
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
        throw "No access token for $Audience from the managed identity: $_ Outside Azure, set RDP_REMEDIATION_TOKEN."
    }
}

# Sends a request until it is answered. Returns the run and the seconds until the next poll.
function Invoke-Service([string] $Method, [string] $Path, [hashtable] $Headers = @{}, [string] $Body) {
    $giveUp = [datetime]::UtcNow.AddMinutes($patienceMinutes)
    if ($giveUp -gt $deadline) { $giveUp = $deadline }
    while ($true) {
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
        if ($status -notin 0, 408, 429, 502, 503, 504) { throw ConvertTo-PlainText "The service rejected the request: $failure" }
        if ([datetime]::UtcNow.AddSeconds($wait) -gt $giveUp) { throw ConvertTo-PlainText "The service does not answer: $failure" }
        Write-Warning (ConvertTo-PlainText "$failure Retrying in $wait s.")
        Start-Sleep -Seconds $wait
    }
}

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
            throw "Run $id waits for a decision until $until. Somebody with the app role Rdp.Approve decides: POST $address/decision. The VM stays reserved until then."
        }
        throw ConvertTo-PlainText "Run $id continues ($($run.state)) after the time limit of $TimeoutMinutes min. Read it later: GET $address"
    }
    Start-Sleep -Seconds $wait
    $run, $wait = Invoke-Service -Method Get -Path "/api/runs/$id"
}

# A cancelled run has neither a result nor an error: its log says who cancelled it.
$reason = $run.log[-1].message
if ($run.result) { $reason = $run.result.summary }
if ($run.error) { $reason = $run.error.message }
$ending = ConvertTo-PlainText "Run ${id}: $($run.outcome). $reason"
if ($run.outcome -notin 'healthy', 'repaired') { throw $ending }
Write-Output $ending
