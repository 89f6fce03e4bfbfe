# Texts in a form that can be sent and compared.

# One line of at most so many characters, without control characters.
function Limit-Text($Text, $Maximum) {
    $line = [regex]::Replace("$Text", '[\x00-\x1f\x7f]+', ' ').Trim()
    if ($line.Length -le $Maximum) { return $line }
    return $line.Substring(0, $Maximum - 3) + '...'
}

# What went wrong in its own words: the innermost error, without "Exception calling ... with ... argument(s)". Windows says
# it in its own language; its code reads the same everywhere.
function Get-FailureText($Failure) {
    $failed = $Failure.Exception.GetBaseException()
    $text = Limit-Text $failed.Message 400
    $code = Get-FailureCode $Failure
    if (-not $code -or $text -match $code) { return $text }
    return "$text ($code)"
}

# The HRESULT, $null where Windows gave none: 0x8013... are those of .NET itself and tell nothing.
function Get-FailureCode($Failure) {
    $failed = $Failure.Exception.GetBaseException()
    $number = $failed.HResult
    # The HRESULT of these is always E_FAIL; what Windows said is a number of their own. A SocketException is one of them.
    if ($failed -is [System.ComponentModel.Win32Exception]) {
        $number = ([System.ComponentModel.Win32Exception]$failed).NativeErrorCode
        if ($number -gt 0) { $number = $number -bor 0x80070000 }
    }
    $code = '0x{0:X8}' -f $number
    if ($code -notmatch '\A0x8(?!013)') { return $null }
    return $code
}

# RFC 3339 in UTC.
function ConvertTo-UtcText([datetime]$Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", [cultureinfo]::InvariantCulture)
}

function ConvertFrom-UtcText($Text) {
    return [System.DateTimeOffset]::Parse($Text, [cultureinfo]::InvariantCulture)
}

function ConvertTo-Hex([byte[]]$Bytes) {
    return [System.BitConverter]::ToString($Bytes).Replace('-', '')
}

# Upper-case hex. This provider also works where FIPS allows no other.
function Get-Sha256([byte[]]$Bytes) {
    $hash = [SHA256CryptoServiceProvider]::new()
    try { return ConvertTo-Hex $hash.ComputeHash($Bytes) } finally { $hash.Dispose() }
}

# By character codes, whatever the language of the VM.
function Get-OrdinalOrder($Texts) {
    $sorted = [string[]]@($Texts)
    [array]::Sort($sorted, [System.StringComparer]::Ordinal)
    return $sorted
}
