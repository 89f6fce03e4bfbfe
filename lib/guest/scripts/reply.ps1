# What this script answers: one line that fits into what Run Command keeps of the output.

function New-Reply($Request, $Status, $Reason, $Receipts = @(), $Conflicts = @(), [switch]$WithoutEvidence) {
    return @{
        version = 1
        runId = $Request.runId
        step = $Request.step
        status = $Status
        reason = if ($Reason) { Limit-Text $Reason 1024 } else { $null }
        receipts = @($Receipts | Select-Object -First 64)
        conflicts = @(foreach ($conflict in @($Conflicts | Select-Object -First 64)) { Limit-Text $conflict 512 })
        pruned = 0
        dropped = @()
        evidence = if ($WithoutEvidence) { $null } else { Get-Evidence }
    }
}

function New-Receipt($Label, $Changed, $Note) {
    return @{
        kind = $Label.kind
        target = Limit-Text $Label.target 512
        changed = $Changed
        note = if ($Note) { Limit-Text $Note 512 } else { $null }
    }
}

# Drops sections of the evidence, by name, until the line fits; after those, what else is long.
function Format-Reply($Reply) {
    $line = Format-ReplyLine $Reply
    foreach ($part in @($DroppedFirst) + 'conflicts' + 'receipts') {
        if ($line.Length -le $MaximumReplyBytes) { break }
        if ($Reply.ContainsKey($part)) {
            $Reply[$part] = @()
        } elseif ($null -ne $Reply.evidence) {
            $Reply.evidence[$part] = @{ unreadable = 'dropped to fit the reply' }
        }
        $Reply.dropped = @($Reply.dropped) + $part
        $line = Format-ReplyLine $Reply
    }
    return $line
}

function Format-ReplyLine($Reply) {
    $packed = [MemoryStream]::new()
    $gzip = [GZipStream]::new($packed, [CompressionLevel]::Optimal)
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((ConvertTo-JsonText $Reply))
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Dispose()
    $text = [System.Convert]::ToBase64String($packed.ToArray())
    $hash = (Get-Sha256 ([System.Text.Encoding]::ASCII.GetBytes($text))).Substring(0, 16).ToLowerInvariant()
    return "$ReplyMarker 1 $($text.Length) $hash $text"
}
