# The journal: what was before, on disk before anything is changed. One folder for each run, readable by SYSTEM and
# Administrators alone; keys that are put aside lie there too, and never leave the VM. One line of JSON each:
#   format  the first line: the number of the format. Journals of before there were numbers have no such line
#   intend  an operation that is about to be done, for which change, and rollsBack, the entry whose inverse operation it is part of
#   done    that it was done; an operation without this line may have been done or not
#   undone, redone   about an earlier entry: it was rolled back; its rollback was undone
#   end     the step came to its end, with the states of the services then; a step without one was interrupted

# Where the journals of earlier versions were, everybody may have created a folder of this name. A journal there is read,
# continued and deleted where it is, while it and the folder that holds it are for SYSTEM and Administrators alone;
# otherwise it is nobody's, and stands in no run's way but an undo's.
$PrivateSddl = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'

# Whoever else had access to the folder, or owned it, could read the keys in it and write what an undo relies on.
function Test-PrivateFolder($Path) {
    $security = Get-FolderSecurity $Path
    if (-not $security -or $security.owner -notin 'S-1-5-18', 'S-1-5-32-544') { return $false }
    return Compare-State @{ owner = ''; sddl = $security.sddl } @{ owner = ''; sddl = $PrivateSddl }
}

# A folder that somebody else made is refused, whatever it contains.
function Open-PrivateFolder($Path) {
    if (-not (Test-PathExists $Path)) { New-SecuredFolder -Path $Path -Owner 'S-1-5-18' -Sddl $PrivateSddl }
    if (-not (Test-PrivateFolder $Path)) { throw "$Path is not a folder for SYSTEM and Administrators alone. Find out who made it, and remove it." }
}

# The folders that hold journals: that of earlier versions, too, while nobody else can have written there.
function Get-JournalRoots {
    Get-JournalRoot
    $former = Get-FormerJournalRoot
    if (Test-PrivateFolder $former) { $former }
}

# The folder of a run's journal, which need not be there. One without an operation may stand beside that of an earlier
# version, from a step that did not trust the other.
function Get-RunFolder($Run) {
    $folders = @(Get-JournalRoots | ForEach-Object { "$_\$Run" })
    if ($folders.Count -eq 1 -or -not (Test-PrivateFolder $folders[1])) { return $folders[0] }
    # The first line is the format.
    if (@(Get-JournalLines "$($folders[0])\journal.jsonl").Count -gt 1) { throw "The run $Run has two journals in this VM, $($folders[0]) and $($folders[1]): two versions of this service worked for it. Nothing was changed. Roll it back by hand, by the receipts of the run." }
    return $folders[1]
}

# What stands where an earlier version may have kept the journal of this run and is not trusted; $null when nothing does.
function Get-UntrustedJournal($Run) {
    $former = Get-FormerJournalRoot
    foreach ($path in $former, "$former\$Run") {
        if (Test-PrivateFolder $path) { continue }
        # What cannot be looked at, as a link to nowhere, is there.
        try { $there = Test-PathExists $path } catch { $there = $true }
        if ($there) { return $path }
    }
}

# The journal of this step, or $null when another script is at work in this VM.
function Open-Journal($Request) {
    Open-PrivateFolder (Get-JournalRoot)
    # A script of an earlier version knows the lock in the former folder alone.
    foreach ($root in @(Get-JournalRoots)) { if (-not (Lock-JournalFolder "$root\lock")) { return $null } }
    $folder = Get-RunFolder $Request.runId
    Open-PrivateFolder $folder
    if (-not (Test-PathExists "$folder\journal.jsonl")) { Add-JournalLine -Path "$folder\journal.jsonl" -Line (ConvertTo-JsonText @{ phase = 'format'; format = $JournalFormat }) }
    return @{ run = $Request.runId; step = $Request.step; folder = $folder; seq = 0; indispensable = $true }
}

function Write-Journal($Journal, $Run, $Line) {
    $Line.at = Get-UtcNow
    try {
        $folder = if ($Run -eq $Journal.run) { $Journal.folder } else { Get-RunFolder $Run }
        Add-JournalLine -Path "$folder\journal.jsonl" -Line (ConvertTo-JsonText $Line)
    } catch {
        # Nothing is changed without a journal; but what was changed is rolled back also when the disk is full.
        if ($Journal.indispensable) { throw }
    }
}

# Journals operations, does them, and journals that they are done.
function Invoke-Journaled($Journal, $Label, $Operations, $RollsBack) {
    foreach ($operation in $Operations) {
        $Journal.seq += 1
        $line = @{ step = $Journal.step; seq = $Journal.seq }
        Write-Journal $Journal $Journal.run ($line + @{ phase = 'intend'; label = $Label; operation = $operation; rollsBack = $RollsBack })
        $null = Invoke-Operation $operation
        Write-Journal $Journal $Journal.run ($line + @{ phase = 'done' })
    }
}

function Close-Journal($Journal) {
    Write-Journal $Journal $Journal.run @{ step = $Journal.step; seq = $Journal.seq; phase = 'end'; services = Get-ServiceStates }
}

# undone or redone. When the entry rolled another one back, that one gets the opposite mark.
function Write-JournalMark($Journal, $Entry, $Phase) {
    Write-Journal $Journal $Entry.run @{ step = $Entry.step; seq = $Entry.seq; phase = $Phase; by = "$($Journal.run) $($Journal.step)" }
    $opposite = if ($Phase -eq 'undone') { 'redone' } else { 'undone' }
    # The journal that it names may be deleted by now.
    if ($null -ne $Entry.rollsBack -and (Test-PathExists (Get-RunFolder $Entry.rollsBack.run))) { Write-JournalMark $Journal $Entry.rollsBack $opposite }
}

# What a run did and no undo has rolled back, oldest first; the states of the services at its last end; and the last seq of
# each step. A step that failed or was interrupted rolls itself back: that is no work and is not among the entries.
function Read-Journal($Run) {
    $entries = [ordered]@{}
    $ended = @{}
    $services = $null
    $seqs = @{}
    $lost = @()
    foreach ($text in @(Get-JournalLines "$(Get-RunFolder $Run)\journal.jsonl")) {
        # A line that was torn is the last that a dead script wrote: what it announces was not begun. Where it was done
        # nevertheless, the line was damaged later, and the operation cannot be rolled back.
        try { $line = ConvertFrom-JsonText $text } catch { continue }
        if ($line['phase'] -eq 'format') {
            if ($line['format'] -ne $JournalFormat) { throw "The journal of the run $Run has the format $($line['format']), and this script knows $JournalFormat. Use the version of the service that wrote it." }
            continue
        }
        $id = "$($line.step)/$($line.seq)"
        switch ($line.phase) {
            'intend' { $entries[$id] = $line + @{ run = $Run; undone = $false }; $seqs[$line.step] = $line.seq }
            { $_ -in 'undone', 'redone' -and $entries.Contains($id) } { $entries[$id].undone = $_ -eq 'undone' }
            'done' { if ($entries.Contains($id)) { $entries[$id].operation.done = $true } else { $lost += $id } }
            'end' { $ended[$line.step] = $true; $services = $line.services }
        }
    }
    $standing = @($entries.get_Values() | Where-Object {
        -not $_.undone -and ($null -eq $_.rollsBack -or $_.rollsBack.run -ne $_.run -or $_.rollsBack.step -ne $_.step)
    })
    foreach ($entry in $standing) { $entry.interrupted = -not $ended.Contains($entry.step) }
    return @{ entries = $standing; seqs = $seqs; services = $services; lost = $lost }
}

# A name in this run's folder that nothing has yet.
function Get-AsidePath($Journal, $Name) {
    return Get-FreePath "$($Journal.folder)\$($Journal.step)-$Name"
}
