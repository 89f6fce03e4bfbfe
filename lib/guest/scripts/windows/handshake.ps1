# The proof from inside: what a client meets that connects to the port.

# Connects to an address that the listener has, asks for every security protocol there is, and goes as far as TLS; no
# log-on is tried. TLS 1.3 is tried alone and last: where Windows or .NET cannot offer it, no other handshake suffers.
function Get-RdpHandshake($Port) {
    $client = Get-HandshakeClient $Port
    $answer = Invoke-Handshake $client.address $Port 'Tls, Tls11, Tls12'
    if ($answer['stage'] -eq 'tls' -and $client.offered -contains 'TLS 1.3') {
        $newest = Invoke-Handshake $client.address $Port 'Tls13'
        if ($newest.result -eq 'completed') { $answer = $newest }
        # SEC_E_ALGORITHM_MISMATCH and SEC_E_UNSUPPORTED_FUNCTION: this VM could not offer it.
        if ($newest['code'] -in '0x80090331', '0x80090302') { $client.offered = @($client.offered | Where-Object { $_ -ne 'TLS 1.3' }) }
    }
    $answer.Remove('code')
    return $answer + @{ client = $client }
}

function Invoke-Handshake($Address, $Port, $Protocols) {
    $answer = @{ result = 'failed'; stage = 'connect' }
    $target = [System.Net.IPAddress]::Parse($Address)
    $client = [System.Net.Sockets.TcpClient]::new($target.AddressFamily)
    try {
        $client.SendTimeout = 10000
        $client.ReceiveTimeout = 10000
        if (-not $client.ConnectAsync($target, $Port).Wait(10000)) { throw 'Nobody answered within 10 s.' }
        $answer.stage = 'negotiate'
        if (-not (Test-TlsChosen $client.GetStream())) { return @{ result = 'rdp-security' } }
        $answer.stage = 'tls'
        # The certificate is looked at, not trusted. A script block has no runspace on another thread, so the handshake
        # is the synchronous one, which calls it on this thread.
        $tls = [System.Net.Security.SslStream]::new($client.GetStream(), $false, { $true })
        $tls.AuthenticateAsClient('localhost', $null, $Protocols, $false)
        $certificate = [X509Certificate2]::new($tls.RemoteCertificate)
        return @{
            result = 'completed'
            protocol = @{ 192 = 'TLS 1.0'; 768 = 'TLS 1.1'; 3072 = 'TLS 1.2'; 12288 = 'TLS 1.3' }[[int]$tls.SslProtocol]
            suite = Get-SuiteName $tls
            thumbprint = $certificate.Thumbprint
            notAfter = ConvertTo-UtcText $certificate.NotAfter
        }
    } catch {
        $answer.error = Get-FailureText $_
        $answer.code = Get-FailureCode $_
        return $answer
    } finally {
        $client.Close()
    }
}

# What this VM offers as a client. Its Client keys limit it, and not the listener. A protocol that is only disabled by
# default can be asked for by name.
function Get-HandshakeClient($Port) {
    $forbidden = @(foreach ($protocol in 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3') {
        $enabled = Get-RegistryData -Key "SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\$protocol\Client" -Name 'Enabled'
        if ($enabled -and "$($enabled.data)" -eq '0') { $protocol }
    })
    $known = @('TLS 1.0', 'TLS 1.1', 'TLS 1.2') + @(if (Test-Tls13Known) { 'TLS 1.3' })
    return @{ address = Get-ListeningAddress $Port; offered = @($known | Where-Object { $forbidden -notcontains $_ }); forbidden = $forbidden }
}

# Schannel has it from Windows Server 2022 on, and .NET Framework from 4.8 on: its enumeration says so.
function Test-Tls13Known {
    $build = Get-RegistryData -Key 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name 'CurrentBuildNumber'
    return $null -ne $build -and [int]$build.data -ge 20348 -and [System.Enum]::IsDefined([System.Security.Authentication.SslProtocols], 'Tls13')
}

# Loopback, unless the listener is bound to other addresses alone (LanAdapter).
function Get-ListeningAddress($Port) {
    try {
        $addresses = @(Get-NetTCPConnection -State Listen -LocalPort $Port -ErrorAction Stop | ForEach-Object { "$($_.LocalAddress)" })
    } catch { $addresses = @() }
    if ($addresses.Count -eq 0 -or $addresses -contains '0.0.0.0') { return '127.0.0.1' }
    if ($addresses -contains '::') { return '::1' }
    return $addresses[0]
}

# RDP speaks X.224 before TLS: a connection request with the protocols that the client knows (MS-RDPBCGR 2.2.1.1), and a
# confirm with the one that the server chose, or why it chose none.
function Test-TlsChosen($Stream) {
    [byte[]]$request = 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0
    $Stream.Write($request, 0, $request.Length)
    $header = Read-Bytes $Stream 4
    $length = 256 * $header[2] + $header[3]
    if ($header[0] -ne 3 -or $length -lt 11 -or $length -gt 1024) { throw 'What listens on the port does not speak RDP.' }
    $confirm = Read-Bytes $Stream ($length - 4)
    if ($confirm[1] -ne 0xd0) { throw 'What listens on the port refused the connection.' }
    # A server that knows nothing but its own security leaves the answer out.
    if ($confirm.Length -lt 15) { return $false }
    $number = [int][System.BitConverter]::ToUInt32($confirm, 11)
    if ($confirm[7] -eq 2) { return $number -ne 0 }
    # It would take its own security, which was not offered.
    if ($number -eq 2) { return $false }
    $reasons = @{ 1 = 'SSL_REQUIRED_BY_SERVER'; 3 = 'SSL_CERT_NOT_ON_SERVER'; 4 = 'INCONSISTENT_FLAGS'; 5 = 'HYBRID_REQUIRED_BY_SERVER'; 6 = 'SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER' }
    throw "The listener refused every security protocol: $($reasons[$number]) ($number)."
}

function Read-Bytes($Stream, $Count) {
    $bytes = [byte[]]::new($Count)
    for ($at = 0; $at -lt $Count; $at += $read) {
        $read = $Stream.Read($bytes, $at, $Count - $at)
        if ($read -eq 0) { throw 'The listener closed the connection.' }
    }
    return , $bytes
}

# .NET Framework tells the parts of a suite and not its name, and the key exchange by the number of its algorithm.
function Get-SuiteName($Tls) {
    if ($Tls.PSObject.Properties['NegotiatedCipherSuite']) { return "$($Tls.NegotiatedCipherSuite)" }
    $exchange = @{ 0xae06 = 'ECDHE'; 0xaa02 = 'DHE'; 0xa400 = 'RSA' }[[int]$Tls.KeyExchangeAlgorithm]
    return "$exchange $($Tls.CipherAlgorithm) $($Tls.HashAlgorithm)".Trim()
}
