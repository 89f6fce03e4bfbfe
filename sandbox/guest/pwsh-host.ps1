# Runs one script after another, each in a runspace of its own. A line of JSON comes in for each, and one goes out.
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$replies = [System.IO.StreamWriter]::new([Console]::OpenStandardOutput(), [System.Text.UTF8Encoding]::new($false))
$replies.AutoFlush = $true
$requests = [System.IO.StreamReader]::new([Console]::OpenStandardInput(), [System.Text.UTF8Encoding]::new($false))
[Console]::SetIn([System.IO.TextReader]::Null)

# What all runspaces of a process share, and a script can change. What cannot be put back is counted instead.
function Get-ProcessState {
    return @{
        Environment = [Environment]::GetEnvironmentVariables()
        Directory = [Environment]::CurrentDirectory
        Culture = [cultureinfo]::DefaultThreadCurrentCulture
        UICulture = [cultureinfo]::DefaultThreadCurrentUICulture
        Protocols = [System.Net.ServicePointManager]::SecurityProtocol
        Assemblies = [AppDomain]::CurrentDomain.GetAssemblies()
    }
}

# Whether scripts made types: by Add-Type, or classes.
function Test-NewType($Before) {
    $after = [AppDomain]::CurrentDomain.GetAssemblies()
    if ([System.Linq.Enumerable]::SequenceEqual([object[]]$Before, [object[]]$after)) { return $false }
    return (Get-MadeTypeCount $Before) -ne (Get-MadeTypeCount $after)
}

function Get-MadeTypeCount($Assemblies) {
    $count = 0
    foreach ($assembly in $Assemblies) {
        if ($assembly.IsDynamic) {
            if ($assembly.FullName.StartsWith('PowerShell Class Assembly')) { $count++ }
        } elseif ($assembly.Location -eq '') { $count++ }
    }
    return $count
}

function Restore-ProcessState($State) {
    foreach ($name in @([Environment]::GetEnvironmentVariables().Keys)) {
        # A plain $null would arrive as an empty text, which is a value.
        if (-not $State.Environment.ContainsKey($name)) { [Environment]::SetEnvironmentVariable($name, [NullString]::Value) }
    }
    foreach ($name in $State.Environment.Keys) {
        [Environment]::SetEnvironmentVariable($name, $State.Environment[$name])
    }
    [Environment]::CurrentDirectory = $State.Directory
    [cultureinfo]::DefaultThreadCurrentCulture = $State.Culture
    [cultureinfo]::DefaultThreadCurrentUICulture = $State.UICulture
    [System.Net.ServicePointManager]::SecurityProtocol = $State.Protocols
}

# With the commands of PowerShell's own modules in it: to load the modules takes longer than most scripts. How types and
# objects are shown is read once: as a table that runspaces share, it cannot be changed by a script.
$InitialState = [initialsessionstate]::CreateDefault()
$InitialState.Types.Clear()
$InitialState.Types.Add([System.Management.Automation.Runspaces.SessionStateTypeEntry]::new([System.Management.Automation.Runspaces.TypeTable]::LoadDefaultTypeFiles()))
$InitialState.Formats.Clear()
$InitialState.Formats.Add([System.Management.Automation.Runspaces.SessionStateFormatEntry]::new([System.Management.Automation.Runspaces.FormatTable]::LoadDefaultFormatFiles()))

# Each object at once, so that what a script prints by itself stands between, and what it printed before an error stays.
$Printer = {
    process {
        if ($_ -is [string]) { [Console]::Out.WriteLine($_) } else { [Console]::Out.Write(($_ | Out-String)) }
    }
}.ToString()

function Invoke-Script($File, $Variables) {
    $out = [System.IO.StringWriter]::new()
    $err = [System.IO.StringWriter]::new()
    $exitCode = 0
    $before = Get-ProcessState
    foreach ($name in $Variables.Keys) { [Environment]::SetEnvironmentVariable($name, $Variables[$name]) }
    $runspace = [runspacefactory]::CreateRunspace($InitialState)
    $runspace.ThreadOptions = 'UseNewThread'
    $shell = [powershell]::Create()
    try {
        [Console]::SetOut($out)
        [Console]::SetError($err)
        $runspace.Open()
        $shell.Runspace = $runspace
        [void]$shell.AddCommand($File).AddScript($Printer)
        [void]$shell.Invoke()
        foreach ($record in $shell.Streams.Error) { $err.Write(($record | Out-String)) }
        $code = $runspace.SessionStateProxy.GetVariable('LASTEXITCODE')
        if ($null -ne $code) { $exitCode = $code }
    } catch {
        $exitCode = 1
        $err.Write(($_ | Out-String))
    } finally {
        $shell.Dispose()
        $runspace.Dispose()
        Restore-ProcessState $before
    }
    return @{
        stdout = $out.ToString()
        stderr = $err.ToString()
        exitCode = $exitCode
        spent = Test-NewType $before.Assemblies
    }
}

for (;;) {
    $line = $requests.ReadLine()
    if ($null -eq $line) { break }
    $request = ConvertFrom-Json -InputObject $line -AsHashtable
    $result = Invoke-Script $request.file $request.variables
    $replies.WriteLine((ConvertTo-Json -InputObject $result -Compress))
}
