# What Windows offers to compiled programs alone. Compiled at the first use, in C# 5 for Windows PowerShell 5.1.

function Import-NativeCalls {
    if ('RdpRemediation.Native' -as [type]) { return }
    Add-Type -Namespace RdpRemediation -Name Native -MemberDefinition @'
[DllImport("ntdll.dll")]
public static extern int RtlAdjustPrivilege(int privilege, bool enable, bool thread, out bool former);
[DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern Microsoft.Win32.SafeHandles.SafeFileHandle CreateFileW(string path, int access, int share, IntPtr security, int disposition, int flags, IntPtr template);
[DllImport("kernel32.dll", SetLastError = true)]
public static extern bool GetFileInformationByHandleEx(SafeHandle file, int kind, [Out] int[] information, int bytes);
[DllImport("advapi32.dll", SetLastError = true)]
public static extern bool SetKernelObjectSecurity(SafeHandle handle, int parts, byte[] descriptor);
[DllImport("crypt32.dll", SetLastError = true)]
public static extern bool CertGetCertificateContextProperty(IntPtr certificate, int property, IntPtr data, ref int length);
[DllImport("wtsapi32.dll", SetLastError = true)]
public static extern bool WTSEnumerateSessionsExW(IntPtr server, ref int level, int filter, out IntPtr sessions, out int count);
[DllImport("wtsapi32.dll")]
public static extern bool WTSFreeMemoryExW(int type, IntPtr memory, int count);
'@
}

# With these, SYSTEM reads and writes descriptors whatever they say, and may name any owner: SeBackupPrivilege,
# SeRestorePrivilege, SeTakeOwnershipPrivilege.
function Enable-BackupPrivileges {
    Import-NativeCalls
    foreach ($privilege in 17, 18, 9) {
        $former = $false
        $status = [RdpRemediation.Native]::RtlAdjustPrivilege($privilege, $true, $false, [ref]$former)
        if ($status -ne 0) { throw ('Privilege {0} cannot be enabled (0x{1:X8}).' -f $privilege, $status) }
    }
}

# The CRYPT_KEY_PROV_INFO of a certificate, $null when it has none. The key that it names need not be there.
function Get-KeyProvider($Certificate) {
    Import-NativeCalls
    $length = 0
    if (-not [RdpRemediation.Native]::CertGetCertificateContextProperty($Certificate.Handle, 2, [intptr]::Zero, [ref]$length)) { return $null }
    $info = [Marshal]::AllocHGlobal($length)
    try {
        if (-not [RdpRemediation.Native]::CertGetCertificateContextProperty($Certificate.Handle, 2, $info, [ref]$length)) { throw 'The key provider of a certificate cannot be read.' }
        return @{
            container = [Marshal]::PtrToStringUni([Marshal]::ReadIntPtr($info, 0))
            provider = [Marshal]::PtrToStringUni([Marshal]::ReadIntPtr($info, [intptr]::Size))
            # 0 is CNG.
            type = [Marshal]::ReadInt32($info, 2 * [intptr]::Size)
            # CRYPT_MACHINE_KEYSET
            machine = ([Marshal]::ReadInt32($info, 2 * [intptr]::Size + 4) -band 0x20) -ne 0
        }
    } finally {
        [Marshal]::FreeHGlobal($info)
    }
}

# Sessions with a user: active (WTSActive, 0) and disconnected (WTSDisconnected, 4). That of the services has no user.
function Get-SessionCounts {
    Import-NativeCalls
    $level = 1
    $list = [intptr]::Zero
    $count = 0
    if (-not [RdpRemediation.Native]::WTSEnumerateSessionsExW([intptr]::Zero, [ref]$level, 0, [ref]$list, [ref]$count)) { throw 'Windows does not tell its sessions.' }
    # WTS_SESSION_INFO_1: three numbers and five pointers, of which the third is the user.
    $start = if ([intptr]::Size -eq 8) { 16 } else { 12 }
    $states = @(for ($at = 0; $at -lt $count; $at += 1) {
        $session = [intptr]::Add($list, $at * ($start + 5 * [intptr]::Size))
        if ([Marshal]::ReadIntPtr($session, $start + 2 * [intptr]::Size) -ne [intptr]::Zero) { [Marshal]::ReadInt32($session, 4) }
    })
    $null = [RdpRemediation.Native]::WTSFreeMemoryExW(2, $list, $count)
    return @{ active = @($states -eq 0).Count; disconnected = @($states -eq 4).Count }
}
