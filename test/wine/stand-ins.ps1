# Stand-ins: commands of Windows that Wine does not have, made of what Wine has. As functions of this session they come
# before the commands of modules. What is made up, and not asked of Wine, says so.

# --- CIM. Wine has no management infrastructure of Windows 8, but WMI over COM; it reads the condition itself.
$CimProperties = @{
    Win32_Service = 'Name', 'DisplayName', 'State', 'StartMode', 'ProcessId', 'StartName', 'ExitCode', 'ServiceSpecificExitCode', 'CheckPoint'
    Win32_Process = 'Name', 'ProcessId'
    Win32_OperatingSystem = 'BuildNumber', 'ProductType', 'LastBootUpTime', 'SystemDrive'
    Win32_ComputerSystem = 'DNSHostName', 'PartOfDomain'
    Win32_TSGeneralSetting = , 'SSLCertificateSHA1HashType'
}

function Get-CimInstance($Namespace = 'root/cimv2', $ClassName, $Filter) {
    # Made up: Wine has no namespace of Terminal Services. 0: the two sessions of an administrator, without the role.
    if ($ClassName -eq 'Win32_TerminalServiceSetting') { return [pscustomobject]@{ TerminalServerMode = 0 } }
    $services = (New-Object -ComObject WbemScripting.SWbemLocator).ConnectServer('.', $Namespace.Replace('/', '\'))
    $query = "SELECT * FROM $ClassName"
    if ($Filter) { $query += " WHERE $Filter" }
    foreach ($found in [System.__ComObject].InvokeMember('_NewEnum', 'GetProperty', $null, $services.ExecQuery($query), $null)) {
        $instance = [ordered]@{}
        foreach ($name in $CimProperties[$ClassName]) {
            try { $instance[$name] = [System.__ComObject].InvokeMember($name, 'GetProperty', $null, $found, $null) } catch { $instance[$name] = $null }
        }
        # Properties that Wine's WMI lacks or tells as text.
        switch ($ClassName) {
            # 1077: never started.
            'Win32_Service' { foreach ($name in 'ExitCode', 'ServiceSpecificExitCode') { if ($null -eq $instance[$name]) { $instance[$name] = 1077 } }; $instance.StartName = [Microsoft.Win32.Registry]::GetValue("HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\$($instance.Name)", 'ObjectName', $null) }
            'Win32_ComputerSystem' { $instance.DNSHostName = [System.Environment]::MachineName; $instance.PartOfDomain = $false }
            'Win32_OperatingSystem' { $instance.LastBootUpTime = [datetime]::ParseExact("$($instance.LastBootUpTime)".Substring(0, 14), 'yyyyMMddHHmmss', [cultureinfo]::InvariantCulture) }
        }
        [pscustomobject]$instance
    }
}

# --- NetTCPIP. Whether somebody listens is tried, because a test's server is no process of Wine; that it is TermService is
# made up.
function Get-NetTCPConnection($State, $LocalPort, $ErrorAction) {
    $client = [System.Net.Sockets.TcpClient]::new()
    try {
        $client.Connect('127.0.0.1', $LocalPort)
    } catch {
        New-NotFound 'Get-NetTCPConnection' "No MSFT_NetTCPConnection objects found with property 'LocalPort' equal to '$LocalPort'."
    } finally {
        $client.Close()
    }
    [pscustomobject]@{ OwningProcess = (Get-CimInstance -ClassName Win32_Service -Filter "Name = 'TermService'").ProcessId }
}

# Made up: an adapter that ignores its default routes, and is none of Wine's.
function Get-NetIPInterface($AddressFamily, $ErrorAction) {
    [pscustomobject]@{ InterfaceIndex = 1; IgnoreDefaultRoutes = 'Disabled' }
    [pscustomobject]@{ InterfaceIndex = 4242; IgnoreDefaultRoutes = 'Enabled' }
}

# As the commands that Windows makes of CIM classes report that nothing matches.
function New-NotFound($Command, $Message) {
    $failure = [System.Management.Automation.ErrorRecord]::new([System.Exception]::new($Message), "CmdletizationQuery_NotFound,$Command", 'ObjectNotFound', $null)
    throw $failure
}

# --- TLS, NetConnection, NetSecurity, events: all made up, and the same on every machine.
function Get-TlsCipherSuite($ErrorAction) {
    foreach ($name in 'TLS_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384') { [pscustomobject]@{ Name = $name } }
}

function Get-NetConnectionProfile($ErrorAction) { [pscustomobject]@{ NetworkCategory = 'Public' } }

function Get-NetFirewallProfile($PolicyStore, $ErrorAction) {
    foreach ($name in 'Domain', 'Private', 'Public') { [pscustomobject]@{ Name = $name; Enabled = 'True'; DefaultInboundAction = 'Block'; AllowInboundRules = 'NotConfigured' } }
}

function Get-NetFirewallRule($PolicyStore, $Direction, $Name, $ErrorAction) {
    [pscustomobject]@{ InstanceID = 'rdp'; Name = 'RemoteDesktop-UserMode-In-TCP'; RuleGroup = '@FirewallAPI.dll,-28752'; Enabled = 'True'; Action = 'Allow'; Profile = 'Any'; PolicyStoreSourceType = 'Local' }
}

function Get-NetFirewallPortFilter($PolicyStore, $ErrorAction) { [pscustomobject]@{ InstanceID = 'rdp'; Protocol = 'TCP'; LocalPort = '3389' } }
function Get-NetFirewallApplicationFilter($PolicyStore, $ErrorAction) { [pscustomobject]@{ InstanceID = 'rdp'; Program = '%SystemRoot%\system32\svchost.exe'; Package = $null } }
function Get-NetFirewallServiceFilter($PolicyStore, $ErrorAction) { [pscustomobject]@{ InstanceID = 'rdp'; Service = 'termservice' } }
function Get-NetFirewallAddressFilter($PolicyStore, $ErrorAction) { [pscustomobject]@{ InstanceID = 'rdp'; RemoteAddress = 'Any' } }

function Get-WinEvent($FilterHashtable, $MaxEvents) {
    throw [System.Management.Automation.ErrorRecord]::new([System.Exception]::new('No events were found that match the specified selection criteria.'), 'NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand', 'ObjectNotFound', $null)
}

# --- Scheduled tasks: none is there, and none can be made.
function Get-ScheduledTask($TaskName, $TaskPath, $ErrorAction) {
    New-NotFound 'Get-ScheduledTask' "No MSFT_ScheduledTask objects found with property 'TaskName' equal to '$TaskName'."
}

# --- The permissions of files. Wine maps a descriptor to the mode of a file of the system below and forgets the rest.
# Dot-sourced by a script behind its own functions: the real calls are made, and what was written is remembered by the
# identity of the file (its index), which stays when it is renamed.
$SecurityFolder = 'C:\windows\temp\security'

function Use-FileSecurityStandIn {
    $GetOfWine = ${function:Get-FileFacts}
    $FolderOfWine = ${function:Get-FolderSecurity}
    $SetOfWine = ${function:Set-FileSecurity}
    $MakeOfWine = ${function:New-SecuredFolder}
    function Get-FileFacts($Path) {
        $facts = & $GetOfWine $Path
        if ($facts) {
            $kept = Get-KeptSecurity $Path
            if ($kept) { $facts.owner, $facts.sddl = $kept }
        }
        return $facts
    }
    function Get-FolderSecurity($Path) {
        $security = & $FolderOfWine $Path
        if ($security) {
            $kept = Get-KeptSecurity $Path
            if ($kept) { $security.owner, $security.sddl = $kept }
        }
        return $security
    }
    function Set-FileSecurity($Path, $Owner, $Sddl) {
        & $SetOfWine $Path $Owner $Sddl
        Save-Security $Path $Owner $Sddl
    }
    function New-SecuredFolder($Path, $Owner, $Sddl) {
        & $MakeOfWine $Path $Owner $Sddl
        Save-Security $Path $Owner $Sddl
    }
}

function Save-Security($Path, $Owner, $Sddl) {
    $null = [System.IO.Directory]::CreateDirectory($SecurityFolder)
    [System.IO.File]::WriteAllLines("$SecurityFolder\$(Get-FileIndex $Path)", [string[]]@($Owner, $Sddl))
}

function Get-KeptSecurity($Path) {
    $file = "$SecurityFolder\$(Get-FileIndex $Path)"
    if ([System.IO.File]::Exists($file)) { [System.IO.File]::ReadAllLines($file) }
}

function Get-FileIndex($Path) {
    if (-not ('StandIn.Files' -as [type])) {
        Add-Type -Namespace StandIn -Name Files -MemberDefinition @'
[DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern Microsoft.Win32.SafeHandles.SafeFileHandle CreateFileW(string path, int access, int share, IntPtr security, int disposition, int flags, IntPtr template);
[DllImport("kernel32.dll", SetLastError = true)]
public static extern bool GetFileInformationByHandle(SafeHandle file, [Out] uint[] information);
'@
    }
    $handle = [StandIn.Files]::CreateFileW($Path, 0, 7, [intptr]::Zero, 3, 0x2200000, [intptr]::Zero)
    try {
        # BY_HANDLE_FILE_INFORMATION: the last two of its 13 numbers are the index.
        $seen = [uint32[]]::new(13)
        if ($handle.IsInvalid -or -not [StandIn.Files]::GetFileInformationByHandle($handle, $seen)) { throw "The index of $Path cannot be read." }
        return '{0:x8}{1:x8}' -f $seen[11], $seen[12]
    } finally {
        $handle.Dispose()
    }
}
