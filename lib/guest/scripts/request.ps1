# The request to this script. A damaged request stops the script before it has read anything.

function Read-Request($Text) {
    if ($Text -cnotmatch '\A[A-Za-z0-9+/]+={0,2}\z') { throw 'The request is not base64: the script was damaged on its way.' }
    $gzip = [GZipStream]::new([MemoryStream]::new([System.Convert]::FromBase64String($Text)), [CompressionMode]::Decompress)
    $request = ConvertFrom-JsonText ([StreamReader]::new($gzip).ReadToEnd())
    if ($request['version'] -ne 1) { throw 'The request is of another version than this script.' }
    if ($request['step'] -cnotmatch '\A[a-z]+-[0-9]{1,3}\z') { throw 'The request names no step.' }
    # Run ids become names of folders.
    if (-not (Test-Guid $request['runId'])) { throw 'The request names no run.' }
    if ($null -ne $request['undoes'] -and -not (Test-Guid $request['undoes'])) { throw 'The request names no run to undo.' }
    return $request
}

function Test-Guid($Text) {
    return $Text -match '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z'
}

# Images and restarts are known to replay scripts: a request for changes is invalid after its time. The clock of this VM
# may be wrong: what an earlier look proved of that is subtracted.
function Test-Expired($Request) {
    return (ConvertFrom-UtcText (Get-UtcNow)).AddSeconds(-[long]$Request['clockAheadSeconds']) -gt (ConvertFrom-UtcText $Request.notAfter)
}

function New-ExpiredReply($Request) {
    return New-Reply $Request 'expired' "The request was good until $($Request.notAfter), and the clock of this VM says $(Get-UtcNow)." -WithoutEvidence
}
