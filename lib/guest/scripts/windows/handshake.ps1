# The proof from inside: what a client meets that connects to the port.

# Connects over loopback, asks for every security protocol there is, and goes as far as TLS; no log-on is tried.
function Get-RdpHandshake {
    param([int]$Port)
    $stage = 'connect'
    $client = New-Object -TypeName System.Net.Sockets.TcpClient
    $tls = $null
    try {
        $client.SendTimeout = 10000
        $client.ReceiveTimeout = 10000
        if (-not $client.ConnectAsync('127.0.0.1', $Port).Wait(10000)) { throw 'Nobody answered within 10 s.' }
        $stream = $client.GetStream()
        $stage = 'negotiate'
        if ((Read-SecurityChoice $stream) -eq 'rdp-security') { return @{ result = 'rdp-security' } }
        $stage = 'tls'
        # The certificate is looked at, not trusted. A script block has no runspace on another thread, so the handshake
        # is the synchronous one, which calls it on this thread.
        $tls = New-Object -TypeName System.Net.Security.SslStream -ArgumentList $stream, $false, ([System.Net.Security.RemoteCertificateValidationCallback] { $true })
        $tls.AuthenticateAsClient('localhost', $null, [System.Security.Authentication.SslProtocols]'Tls, Tls11, Tls12', $false)
        $certificate = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList $tls.RemoteCertificate
        return @{
            result = 'completed'
            protocol = ConvertTo-ProtocolName $tls.SslProtocol
            suite = Get-SuiteName $tls $certificate
            thumbprint = $certificate.Thumbprint.ToUpperInvariant()
            notAfter = ConvertTo-UtcText $certificate.NotAfter
        }
    } catch {
        return @{ result = 'failed'; stage = $stage; error = Get-FailureText $_ }
    } finally {
        if ($null -ne $tls) { $tls.Dispose() }
        $client.Close()
    }
}

# RDP speaks X.224 before TLS: a connection request with the protocols that the client knows (MS-RDPBCGR 2.2.1.1), and a
# confirm with the one that the server chose, or why it chose none.
function Read-SecurityChoice {
    param($Stream)
    [byte[]]$request = 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0
    $Stream.Write($request, 0, $request.Length)
    $header = Read-Bytes $Stream 4
    $length = 256 * $header[2] + $header[3]
    if ($header[0] -ne 3 -or $length -lt 11 -or $length -gt 1024) { throw 'What listens on the port does not speak RDP.' }
    $confirm = Read-Bytes $Stream ($length - 4)
    if ($confirm[1] -ne 0xd0) { throw 'What listens on the port refused the RDP connection.' }
    # A server that knows nothing but its own security leaves the answer out.
    if ($confirm.Length -lt 15) { return 'rdp-security' }
    $number = [System.BitConverter]::ToUInt32($confirm, 11)
    if ($confirm[7] -eq 2) {
        if ($number -eq 0) { return 'rdp-security' }
        return 'tls'
    }
    if ($number -eq 2) { return 'rdp-security' }
    $reasons = @{ 1 = 'SSL_REQUIRED_BY_SERVER'; 3 = 'SSL_CERT_NOT_ON_SERVER'; 4 = 'INCONSISTENT_FLAGS'; 5 = 'HYBRID_REQUIRED_BY_SERVER'; 6 = 'SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER' }
    throw "The listener refused every security protocol: $($reasons[[int]$number]) ($number)."
}

function Read-Bytes {
    param($Stream, [int]$Count)
    $bytes = New-Object -TypeName byte[] -ArgumentList $Count
    for ($at = 0; $at -lt $Count; $at += $read) {
        $read = $Stream.Read($bytes, $at, $Count - $at)
        if ($read -eq 0) { throw 'The listener closed the connection.' }
    }
    return , $bytes
}

function ConvertTo-ProtocolName {
    param($Protocol)
    $names = @{ Ssl3 = 'SSL 3.0'; Tls = 'TLS 1.0'; Tls11 = 'TLS 1.1'; Tls12 = 'TLS 1.2'; Tls13 = 'TLS 1.3' }
    $name = $names[[string]$Protocol]
    if ($null -eq $name) { return [string]$Protocol }
    return $name
}

# .NET Framework tells the parts of a suite and not its name. A hash of no strength belongs to GCM, which has its own.
function Get-SuiteName {
    param($Tls, $Certificate)
    if ($Tls.PSObject.Properties.Name -contains 'NegotiatedCipherSuite') { return [string]$Tls.NegotiatedCipherSuite }
    $exchanges = @{ 0xae06 = 'ECDHE_'; 0xaa02 = 'DHE_'; 0xa400 = '' }
    $exchange = $exchanges[[int]$Tls.KeyExchangeAlgorithm]
    $cipher = @{ Aes128 = 'AES_128'; Aes256 = 'AES_256'; TripleDes = '3DES_EDE'; Rc4 = 'RC4_128' }[[string]$Tls.CipherAlgorithm]
    $gcm = [int]$Tls.HashStrength -eq 0
    $hash = if ($gcm) { if ($cipher -eq 'AES_256') { 'SHA384' } else { 'SHA256' } } else { ([string]$Tls.HashAlgorithm).ToUpperInvariant().Replace('SHA1', 'SHA') }
    if ($null -eq $exchange -or $null -eq $cipher) { return "$($Tls.KeyExchangeAlgorithm)/$($Tls.CipherAlgorithm)/$($Tls.HashAlgorithm)" }
    $signature = if ($Certificate.PublicKey.Oid.Value -eq '1.2.840.10045.2.1') { 'ECDSA' } else { 'RSA' }
    $mode = if ($gcm) { 'GCM' } else { 'CBC' }
    return "TLS_$exchange${signature}_WITH_${cipher}_${mode}_$hash"
}
