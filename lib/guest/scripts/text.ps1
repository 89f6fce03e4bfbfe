# Texts that are fit to travel.

# One line of at most so many characters, without control characters.
function Limit-Text {
    param([string]$Text, [int]$Maximum)
    $line = [regex]::Replace($Text, '[\x00-\x1f\x7f]+', ' ').Trim()
    if ($line.Length -le $Maximum) { return $line }
    return $line.Substring(0, $Maximum - 3) + '...'
}

# What went wrong in its own words: the innermost error, without "Exception calling ... with ... argument(s)".
function Get-FailureText {
    param([System.Management.Automation.ErrorRecord]$Failure)
    return Limit-Text $Failure.Exception.GetBaseException().Message 400
}

# RFC 3339 in UTC.
function ConvertTo-UtcText {
    param([datetime]$Time)
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", [cultureinfo]::InvariantCulture)
}

function ConvertTo-Hex {
    param([byte[]]$Bytes)
    return [System.BitConverter]::ToString($Bytes).Replace('-', '')
}

# Upper-case hex. This provider also works where FIPS allows no other.
function Get-Sha256 {
    param([byte[]]$Bytes)
    $hash = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider
    try { return ConvertTo-Hex $hash.ComputeHash($Bytes) } finally { $hash.Dispose() }
}
