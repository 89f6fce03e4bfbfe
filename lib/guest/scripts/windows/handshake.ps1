# The proof from inside: what a client meets that connects to the port.

# Connects over loopback, asks for every security protocol there is, and goes as far as TLS; no log-on is tried.
function Get-RdpHandshake($Port) {
    $stage = 'connect'
    $client = [System.Net.Sockets.TcpClient]::new()
    try {
        $client.SendTimeout = 10000
        $client.ReceiveTimeout = 10000
        if (-not $client.ConnectAsync('127.0.0.1', $Port).Wait(10000)) { throw 'Nobody answered within 10 s.' }
        $stage = 'negotiate'
        if (-not (Test-TlsChosen $client.GetStream())) { return @{ result = 'rdp-security' } }
        $stage = 'tls'
        # The certificate is looked at, not trusted. A script block has no runspace on another thread, so the handshake
        # is the synchronous one, which calls it on this thread.
        $tls = [System.Net.Security.SslStream]::new($client.GetStream(), $false, { $true })
        $tls.AuthenticateAsClient('localhost', $null, 'Tls, Tls11, Tls12', $false)
        $certificate = [X509Certificate2]::new($tls.RemoteCertificate)
        return @{
            result = 'completed'
            protocol = @{ Tls = 'TLS 1.0'; Tls11 = 'TLS 1.1'; Tls12 = 'TLS 1.2' }["$($tls.SslProtocol)"]
            suite = Get-SuiteName $tls
            thumbprint = $certificate.Thumbprint
            notAfter = ConvertTo-UtcText $certificate.NotAfter
        }
    } catch {
        return @{ result = 'failed'; stage = $stage; error = Get-FailureText $_ }
    } finally {
        $client.Close()
    }
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
