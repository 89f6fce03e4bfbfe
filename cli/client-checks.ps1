# What to look at on the client when Remote Desktop fails and the server is in order. It only reads, and changes nothing.
# For Windows PowerShell 5.1 and later; no administrator is needed. Where something cannot be read it says so.
# The ids in brackets are those of: rdp-remediation client-checks
param(
    # The server, as the client names it.
    [string]$HostName = '',
    [int]$Port = 3389,
    # The address that the name should have: the public or private address of the VM.
    [string]$ExpectedAddress = '',
    # The RD Gateway, when one is used.
    [string]$GatewayName = ''
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# Runs one look; what fails in it is told and stops nothing.
function Show-Look($Id, $Title, $Look) {
    Write-Output ''
    Write-Output "$Title [$Id]"
    try { & $Look } catch { Write-Output "  not readable here: $($_.Exception.Message)" }
}

# A native program of Windows, run with arguments that only read.
function Show-Program($Name, $Arguments) {
    $path = Join-Path $env:SystemRoot "System32\$Name"
    if (-not (Test-Path -LiteralPath $path)) { throw "there is no $Name" }
    & $path $Arguments | Where-Object { "$_".Trim() -ne '' } | ForEach-Object { Write-Output "  $_" }
}

function Show-Value($Name, $Value) {
    if ($null -eq $Value) { $Value = 'absent' }
    Write-Output "  ${Name}: $Value"
}

# The values of one registry key; an absent key and an absent value are told alike.
function Show-Registry($Key, $Names) {
    # Without this drive absence would be told of a system that has no registry.
    $drive = $Key.Split(':')[0]
    $null = Get-PSDrive -Name $drive -PSProvider Registry
    $values = $null
    if (Test-Path -LiteralPath $Key) { $values = Get-ItemProperty -LiteralPath $Key }
    Write-Output "  $Key"
    foreach ($name in $Names) {
        $value = $null
        if ($null -ne $values -and $null -ne $values.PSObject.Properties[$name]) { $value = $values.$name -join ',' }
        Show-Value "  $name" $value
    }
}

function Assert-HostName {
    if ($HostName -eq '') { throw 'give the server: -HostName NAME' }
}

Write-Output "Remote Desktop client checks for '$HostName' port $Port. Nothing is changed."

Show-Look 'name-resolution' 'The name leads to the address of the VM' {
    Assert-HostName
    $found = @(Resolve-DnsName -Name $HostName | ForEach-Object {
        if ($null -ne $_.PSObject.Properties['IPAddress']) { $_.IPAddress }
    })
    Show-Value 'addresses' ($found -join ', ')
    if ($ExpectedAddress -ne '') { Show-Value "contains $ExpectedAddress" ($found -contains $ExpectedAddress) }
    $hosts = Join-Path $env:SystemRoot 'System32\drivers\etc\hosts'
    $lines = @(Select-String -LiteralPath $hosts -Pattern $HostName -SimpleMatch)
    Show-Value 'lines of the hosts file' ($lines.Count)
}

Show-Look 'reachability' 'The port can be reached from here' {
    Assert-HostName
    $test = Test-NetConnection -ComputerName $HostName -Port $Port -WarningAction SilentlyContinue
    Show-Value 'TcpTestSucceeded' $test.TcpTestSucceeded
    Show-Value 'RemoteAddress' $test.RemoteAddress
    Show-Value 'InterfaceAlias' $test.InterfaceAlias
}

Show-Look 'gateway' 'An RD Gateway is used only where it is needed, and its certificate is trusted' {
    Show-Registry 'HKCU:\Software\Policies\Microsoft\Windows NT\Terminal Services' @('UseProxy', 'ProxyName')
    $file = Join-Path ([System.Environment]::GetFolderPath('MyDocuments')) 'Default.rdp'
    if (Test-Path -LiteralPath $file) {
        Select-String -LiteralPath $file -Pattern '^(gateway|enablecredsspsupport|authentication level)' |
            ForEach-Object { Write-Output "  $($_.Line)" }
    }
    if ($GatewayName -eq '') { return }
    # The client's own store of authorities decides here, as it does in mstsc.
    $client = New-Object System.Net.Sockets.TcpClient
    try {
        $client.Connect($GatewayName, 443)
        $tls = New-Object System.Net.Security.SslStream($client.GetStream(), $false)
        $tls.AuthenticateAsClient($GatewayName, $null, [System.Security.Authentication.SslProtocols]::Tls12, $true)
        Show-Value "certificate of $GatewayName" "trusted, until $($tls.RemoteCertificate.GetExpirationDateString())"
    } finally {
        $client.Close()
    }
}

Show-Look 'proxy' 'No proxy and no VPN changes the connection' {
    Show-Registry 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Internet Settings' @('ProxyEnable', 'ProxyServer', 'AutoConfigURL')
    Show-Program 'netsh.exe' @('winhttp', 'show', 'proxy')
    Get-VpnConnection | ForEach-Object { Show-Value "VPN $($_.Name)" $_.ConnectionStatus }
}

Show-Look 'udp-transport' 'UDP gets through, or is turned off' {
    Show-Registry 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\Client' @('fClientDisableUDP')
}

Show-Look 'security-software' 'No security product opens or ends the connection' {
    Get-CimInstance -Namespace 'root/SecurityCenter2' -ClassName 'AntiVirusProduct' |
        ForEach-Object { Write-Output "  $($_.displayName)" }
}

Show-Look 'client-version' 'The client is up to date' {
    $mstsc = Get-Item -LiteralPath (Join-Path $env:SystemRoot 'System32\mstsc.exe')
    Show-Value 'mstsc.exe' $mstsc.VersionInfo.FileVersion
    $system = Get-CimInstance -ClassName 'Win32_OperatingSystem'
    Show-Value 'Windows' "$($system.Caption), $($system.Version)"
}

Show-Look 'tls-floor' 'The client offers TLS 1.2' {
    foreach ($version in 'TLS 1.2', 'TLS 1.3') {
        $key = "HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\$version\Client"
        Show-Registry $key @('Enabled', 'DisabledByDefault')
    }
    Show-Registry 'HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002' @('Functions')
}

Show-Look 'saved-credentials' 'No old password is saved for this server' {
    Assert-HostName
    Show-Program 'cmdkey.exe' @("/list:TERMSRV/$HostName")
}

Show-Look 'account-form' 'The user name has the form that the server expects' {
    $computer = Get-CimInstance -ClassName 'Win32_ComputerSystem'
    Show-Value 'this client is a member of a domain' $computer.PartOfDomain
    Show-Value 'its domain or workgroup' $computer.Domain
}

Show-Look 'password-tool' 'The program that stores passwords sends the right ones, and uses CredSSP' {
    $known = 'mRemoteNG', 'RDCMan', 'RoyalTS', 'RemoteDesktopManager', 'KeePass', 'mstsc', 'msrdc'
    $running = @(Get-Process | Where-Object { $known -contains $_.ProcessName } | ForEach-Object { $_.ProcessName })
    Show-Value 'running now' (($running | Sort-Object -Unique) -join ', ')
}

Show-Look 'credssp-policy' 'The policy against the CredSSP attack fits both sides' {
    Show-Registry 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters' @('AllowEncryptionOracle')
}

Show-Look 'delegation-policy' 'The client may send credentials to this server' {
    $names = 'AllowDefaultCredentials', 'AllowSavedCredentials', 'AllowSavedCredentialsWhenNTLMOnly', 'RestrictedRemoteAdministration'
    Show-Registry 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\CredentialsDelegation' $names
}

Show-Look 'clock' 'The clock of the client is right' {
    Show-Value 'now, UTC' ([System.DateTime]::UtcNow.ToString('yyyy-MM-dd HH:mm:ss'))
    Show-Program 'w32tm.exe' @('/query', '/status')
}

Show-Look 'client-log' "What the client's own log says" {
    $filter = @{ LogName = 'Microsoft-Windows-TerminalServices-RDPClient/Operational'; Id = 226, 1007, 1009, 1017, 1026, 1105 }
    Get-WinEvent -FilterHashtable $filter -MaxEvents 15 | ForEach-Object {
        Write-Output "  $($_.TimeCreated.ToUniversalTime().ToString('yyyy-MM-dd HH:mm:ss')) $($_.Id) $($_.Message)"
    }
}
