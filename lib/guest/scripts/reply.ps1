# The reply of this script: one line that fits into the output that Run Command keeps.

function Get-RequestedEvidence($Request) {
    $evidence = Get-Evidence @($Request['sections'])
    # A second look, for some sections, completes the first one, which has the time.
    if ($Request['madeAt'] -and @($Request['sections']).Count -eq 0) { $evidence.requestedAt = $Request['madeAt'] }
    return $evidence
}

function New-Reply($Request, $Status, $Reason, $Receipts = @(), $Conflicts = @(), [switch]$WithoutEvidence) {
    return @{
        version = 1
        runId = $Request.runId
        step = $Request.step
        status = $Status
        reason = if ($Reason) { Limit-Text $Reason $ReplyLimits.reason } else { $null }
        receipts = @($Receipts | Select-Object -First $ReplyLimits.items)
        conflicts = @(foreach ($conflict in @($Conflicts | Select-Object -First $ReplyLimits.items)) { Limit-Text $conflict $ReplyLimits.text })
        journalsDeleted = 0
        dropped = @()
        evidence = if ($WithoutEvidence) { $null } else { Get-RequestedEvidence $Request }
    }
}

function New-Receipt($Label, $Changed, $Note) {
    return @{
        kind = $Label.kind
        target = Limit-Text $Label.target $ReplyLimits.text
        changed = $Changed
        note = if ($Note) { Limit-Text $Note $ReplyLimits.text } else { $null }
    }
}

# Drops sections of the evidence, by name, until the line fits; after those, what else is long.
function Format-Reply($Reply) {
    $line = Format-ReplyLine $Reply
    foreach ($part in @($DroppedFirst) + 'conflicts' + 'receipts') {
        if ($line.Length -le $MaximumReplyBytes) { break }
        if ($part -eq 'dependents') {
            if (-not (Limit-Dependents $Reply)) { continue }
        } elseif ($Reply.ContainsKey($part)) {
            $Reply[$part] = @()
        } elseif ($null -ne $Reply.evidence) {
            $Reply.evidence[$part] = @{ unreadable = 'dropped to fit the reply' }
        }
        $Reply.dropped = @($Reply.dropped) + $part
        $line = Format-ReplyLine $Reply
    }
    return $line
}

# Drops half of the dependent certificates, repeatedly, until the line fits. Returns whether there were any to drop.
function Limit-Dependents($Reply) {
    if ($null -eq $Reply.evidence) { return $false }
    $keys = $Reply.evidence['keys']
    if (-not $keys.Contains('dependents')) { return $false }
    $before = $keys.dependents.Count
    while ($keys.dependents.Count -gt 0 -and (Format-ReplyLine $Reply).Length -gt $MaximumReplyBytes) {
        $keys.dependents = @($keys.dependents | Select-Object -First ($keys.dependents.Count -shr 1))
    }
    return $before -gt 0
}

function Format-ReplyLine($Reply) {
    $packed = [MemoryStream]::new()
    $gzip = [GZipStream]::new($packed, [CompressionLevel]::Optimal)
    # One byte for each character: those of the pieces are above ASCII.
    $bytes = [System.Text.Encoding]::GetEncoding(28591).GetBytes((Get-ShortReply (ConvertTo-JsonText $Reply)))
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Dispose()
    $text = [System.Convert]::ToBase64String($packed.ToArray())
    $hash = (Get-Sha256 ([System.Text.Encoding]::ASCII.GetBytes($text))).Substring(0, 16).ToLowerInvariant()
    return "$ReplyMarker 1 $($text.Length) $hash $text"
}

# A character for each piece that most replies have in common.
function Get-ShortReply([string]$Json) {
    $code = 0x80
    foreach ($piece in $ReplyPieces) {
        $Json = $Json.Replace([regex]::Unescape($piece), [string][char]$code)
        $code += 1
    }
    return $ReplyPiecesDigest + $Json
}
