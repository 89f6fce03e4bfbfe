# What this script answers: one line that fits into what Run Command keeps of the output.

function New-Reply {
    param($Request, [string]$Status, [string]$Reason, [object[]]$Receipts = @(), [string[]]$Conflicts = @(), $Evidence)
    return @{
        version = 1
        runId = $Request.runId
        step = $Request.step
        status = $Status
        reason = if ($Reason) { Limit-Text $Reason 1024 } else { $null }
        receipts = @($Receipts | Select-Object -First 64)
        conflicts = @(foreach ($conflict in @($Conflicts | Select-Object -First 64)) { Limit-Text $conflict 512 })
        dropped = @()
        evidence = $Evidence
    }
}

function New-Receipt {
    param([string]$Kind, [string]$Target, [bool]$Changed, [string]$Note)
    return @{
        kind = $Kind
        target = Limit-Text $Target 512
        changed = $Changed
        note = if ($Note) { Limit-Text $Note 512 } else { $null }
    }
}

# Drops sections of the evidence, by name, until the line fits; after those, what else is long.
function Format-Reply {
    param($Reply)
    $line = Format-ReplyLine $Reply
    foreach ($section in $DroppedFirst) {
        if ($line.Length -le $MaximumReplyBytes) { return $line }
        if ($null -eq $Reply.evidence) { break }
        $Reply.evidence[$section] = @{ unreadable = 'dropped to fit the reply' }
        $Reply.dropped = @($Reply.dropped) + $section
        $line = Format-ReplyLine $Reply
    }
    foreach ($keep in @(8, 0)) {
        foreach ($list in @('conflicts', 'receipts')) {
            if ($line.Length -le $MaximumReplyBytes) { return $line }
            $Reply[$list] = @($Reply[$list] | Select-Object -First $keep)
            $Reply.dropped = @($Reply.dropped) + "$list beyond $keep"
            $line = Format-ReplyLine $Reply
        }
    }
    return $line
}

function Format-ReplyLine {
    param($Reply)
    $packed = New-Object -TypeName System.IO.MemoryStream
    $gzip = New-Object -TypeName System.IO.Compression.GZipStream -ArgumentList $packed, ([System.IO.Compression.CompressionLevel]::Optimal)
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((ConvertTo-JsonText $Reply))
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Dispose()
    $text = [System.Convert]::ToBase64String($packed.ToArray())
    $hash = (Get-Sha256 ([System.Text.Encoding]::ASCII.GetBytes($text))).Substring(0, 16).ToLowerInvariant()
    return "$ReplyMarker 1 $($text.Length) $hash $text"
}
