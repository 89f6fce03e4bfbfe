# What is asked of this script. Damage in it stops the script before it has looked at anything.

function Read-Request {
    param([string]$Text)
    if ($Text -cnotmatch '\A[A-Za-z0-9+/]+={0,2}\z') { throw 'The request is not base64: the script was damaged on its way.' }
    $request = ConvertFrom-JsonText (Expand-Text ([System.Convert]::FromBase64String($Text)))
    if ($request['version'] -ne 1) { throw 'The request is of another version than this script.' }
    Assert-RunId $request['runId']
    if ($request['step'] -cnotmatch '\A[a-z]+-[0-9]{1,3}\z') { throw 'The request names no step.' }
    if ($null -ne $request['undoes']) { Assert-RunId $request['undoes'] }
    return $request
}

# Run ids become names of folders.
function Assert-RunId {
    param([string]$Id)
    if ($Id -notmatch '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z') { throw 'A run id in the request is not a UUID.' }
}

function Expand-Text {
    param([byte[]]$Bytes)
    $packed = New-Object -TypeName System.IO.MemoryStream -ArgumentList (, $Bytes)
    $gzip = New-Object -TypeName System.IO.Compression.GZipStream -ArgumentList $packed, ([System.IO.Compression.CompressionMode]::Decompress)
    $reader = New-Object -TypeName System.IO.StreamReader -ArgumentList $gzip, ([System.Text.Encoding]::UTF8)
    try { return $reader.ReadToEnd() } finally { $reader.Dispose() }
}

# Images and restarts are known to replay scripts: past its time a request is nobody's wish any more.
function Test-Expired {
    param($Request)
    $culture = [cultureinfo]::InvariantCulture
    $now = [System.DateTimeOffset]::Parse((Get-UtcNow), $culture)
    return $now -gt [System.DateTimeOffset]::Parse($Request.notAfter, $culture)
}
