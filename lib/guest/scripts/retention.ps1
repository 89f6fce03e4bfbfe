# Journals that nobody will ask for any more, and with them the keys that were put aside: after that, there is no undo of
# those runs. Which ones that are is a setting of the service.

# Answers how many journals of ended other runs are gone: those older than so many days and, of the others, all but the
# newest so many. What cannot be read or deleted stays: it is no reason for work to fail that is done.
function Remove-OldJournals($Request) {
    $journalsDeleted = 0
    try {
        if (-not $Request['retention'] -or (Test-Weakened)) { return 0 }
        foreach ($path in @(Get-DueJournals $Request)) {
            $null = Remove-JournalFolder $path
            $journalsDeleted += 1
        }
    } catch { $null = $_ }
    return $journalsDeleted
}

function Test-Weakened {
    return @($WeakenedValues.get_Keys() | Where-Object { $null -ne (Get-ResourceState @{ kind = 'restore-task'; value = ($_ -split '/')[1] }) }).Count -gt 0
}

function Get-DueJournals($Request) {
    $now = ConvertFrom-UtcText (Get-UtcNow)
    $folders = @(Get-JournalRoots | ForEach-Object { Get-JournalFolders $_ } | Where-Object { Test-Guid $_.name })
    $wanted = @($Request.runId, $Request['undoes']) + @(foreach ($folder in $folders) { Get-WantedByUnfinished $folder.name })
    $at = 0
    foreach ($folder in $folders | Where-Object { $wanted -notcontains $_.name } | Sort-Object -Property @{ Expression = { $_.writtenAt }; Descending = $true }, { $_.name }) {
        $days = ($now - (ConvertFrom-UtcText $folder.writtenAt)).TotalDays
        # A newer journal may be needed again, by a script that is replayed.
        if ($days -ge $JournalGraceDays -and ($at -ge $Request.retention.atMost -or $days -gt $Request.retention.olderThanDays)) { $folder.path }
        $at += 1
    }
}

# A run whose last step was interrupted needs its own journal, and those of the runs that it was rolling back.
function Get-WantedByUnfinished($Run) {
    # A journal that cannot be read is kept, and is no reason to keep others.
    try { $journal = Read-Journal $Run } catch { return $Run }
    foreach ($entry in @($journal.entries | Where-Object { $_.interrupted })) {
        $Run
        if ($null -ne $entry.rollsBack) { $entry.rollsBack.run }
    }
}
