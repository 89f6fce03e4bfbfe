# The journal: what was before, on disk before anything is changed. One folder for each run, readable by SYSTEM and
# Administrators alone; keys that are put aside lie there too, and never leave the VM. One line of JSON each:
#   intend  an operation that is about to be done, with what it needs to be taken back; its change; and takesBack, the
#           entry that it takes back, when it is part of a way back
#   done    that it was done; an operation without this line may have been done or not
#   undone, redone   about an earlier entry: it was taken back; its taking back was taken back
#   end     the step came to its end, with the states of the services then; a step without one was cut short

# The journal of this step, or $null when another script is at work in this VM.
function Open-Journal {
    param($Request)
    $root = Get-JournalRoot
    New-PrivateFolder -Path $root
    if (-not (Lock-JournalFolder -Path "$root\lock")) { return $null }
    New-PrivateFolder -Path "$root\$($Request.runId)"
    return @{ run = $Request.runId; step = $Request.step; folder = "$root\$($Request.runId)"; seq = 0; indispensable = $true }
}

function Test-FirstTime {
    param($Journal)
    return New-MarkerFile -Path "$($Journal.folder)\$($Journal.step).marker"
}

function Write-Journal {
    param($Journal, [string]$Run, [hashtable]$Line)
    $Line.at = Get-UtcNow
    try {
        Add-JournalLine -Path "$(Get-JournalRoot)\$Run\journal.jsonl" -Line (ConvertTo-JsonText $Line)
    } catch {
        # Nothing is changed without a journal; but what was changed is taken back also when the disk is full.
        if ($Journal.indispensable) { throw }
    }
}

# Journals an operation, does it, and journals that it is done.
function Invoke-Operation {
    param($Journal, $Change, $Operation, $TakesBack)
    $Journal.seq += 1
    $line = @{ step = $Journal.step; seq = $Journal.seq }
    Write-Journal $Journal $Journal.run ($line + @{ phase = 'intend'; change = $Change; operation = $Operation; takesBack = $TakesBack })
    $null = & $OperationKinds[$Operation.kind].Do $Operation
    Write-Journal $Journal $Journal.run ($line + @{ phase = 'done' })
}

function Close-Journal {
    param($Journal, [string]$Status)
    $line = @{ step = $Journal.step; seq = $Journal.seq; phase = 'end'; status = $Status; services = Get-ServiceStates }
    Write-Journal $Journal $Journal.run $line
}

# undone or redone. When the entry itself took another one back, that one is told too.
function Write-JournalMark {
    param($Journal, $Entry, [string]$Phase)
    $by = @{ run = $Journal.run; step = $Journal.step }
    Write-Journal $Journal $Entry.run @{ step = $Entry.step; seq = $Entry.seq; phase = $Phase; by = $by }
    if ($Phase -eq 'undone' -and $null -ne $Entry['takesBack']) { Write-JournalMark $Journal $Entry.takesBack 'redone' }
}

# What a run did, oldest first:
#   entries    all operations
#   standing   those that nobody has taken back, without the run's own ways back
#   cutShort   the standing ones of steps without an end
#   services   the states of the services at the last end, or $null
function Read-Journal {
    param([string]$Run)
    $entries = [ordered]@{}
    $ended = @{}
    $services = $null
    foreach ($text in @(Get-JournalLines -Path "$(Get-JournalRoot)\$Run\journal.jsonl")) {
        # A line that was torn is the last that a dead script wrote: what it announces was not begun.
        try { $line = ConvertFrom-JsonText $text } catch { continue }
        $id = "$($line.step)/$($line.seq)"
        if ($line.phase -eq 'intend') {
            $entries[$id] = @{
                run = $Run; step = $line.step; seq = $line.seq; undone = $false
                change = $line.change; operation = $line.operation; takesBack = $line.takesBack
            }
        } elseif ($line.phase -eq 'end') {
            $ended[$line.step] = $true
            $services = $line.services
        } elseif ($entries.Contains($id) -and $line.phase -ne 'done') {
            $entries[$id].undone = $line.phase -eq 'undone'
        }
    }
    $all = @($entries.Values)
    $standing = @($all | Where-Object -FilterScript { -not $_.undone -and ($null -eq $_.takesBack -or $_.takesBack.run -ne $Run) })
    # A way back that was cut short is not turned around: whoever comes next goes on with it.
    $cutShort = @($standing | Where-Object -FilterScript { -not $ended.ContainsKey($_.step) -and $null -eq $_.takesBack })
    return @{ entries = $all; standing = $standing; cutShort = $cutShort; services = $services }
}

# A name in this run's folder that nothing has yet.
function Get-AsidePath {
    param($Journal, [string]$Name)
    $path = "$($Journal.folder)\$($Journal.step).$Name"
    for ($number = 2; $null -ne (Get-FileFacts -Path $path); $number += 1) {
        $path = "$($Journal.folder)\$($Journal.step).$Name.$number"
    }
    return $path
}
