# What Windows offers to compiled programs alone. The class is made in memory at its first use: no compiler runs and no
# file is written, because the TEMP folder of SYSTEM may be full or missing, and programs that watch a VM may forbid both.

$Native = $null

function Get-Native {
    if ($null -ne $script:Native) { return $script:Native }
    $module = [AssemblyBuilder]::DefineDynamicAssembly([AssemblyName]::new('RdpRemediation'), [AssemblyBuilderAccess]::Run).DefineDynamicModule('RdpRemediation')
    $class = $module.DefineType('RdpRemediation.Native', [TypeAttributes]'Public, Abstract, Sealed')
    $number, $truth, $pointer, $text = [int], [bool], [intptr], [string]
    $someNumber, $somePointer = [int].MakeByRefType(), [intptr].MakeByRefType()
    Add-NativeFunction $class 'ntdll.dll' 'RtlAdjustPrivilege' $number @($number, $truth, $truth, [bool].MakeByRefType())
    Add-NativeFunction $class 'kernel32.dll' 'CreateFileW' ([SafeFileHandle]) @($text, $number, $number, $pointer, $number, $number, $pointer)
    Add-NativeFunction $class 'kernel32.dll' 'MoveFileExW' $truth @($text, $text, $number)
    Add-NativeFunction $class 'kernel32.dll' 'GetFileInformationByHandleEx' $truth @([SafeFileHandle], $number, [int[]], $number)
    Add-NativeFunction $class 'advapi32.dll' 'GetKernelObjectSecurity' $truth @([SafeFileHandle], $number, [byte[]], $number, $someNumber)
    Add-NativeFunction $class 'advapi32.dll' 'SetKernelObjectSecurity' $truth @([SafeFileHandle], $number, [byte[]])
    Add-NativeFunction $class 'advapi32.dll' 'RegCreateKeyExW' $number @($pointer, $text, $number, $text, $number, $number, $pointer, $somePointer, $someNumber)
    Add-NativeFunction $class 'crypt32.dll' 'CertGetCertificateContextProperty' $truth @($pointer, $number, $pointer, $someNumber)
    Add-NativeFunction $class 'wtsapi32.dll' 'WTSEnumerateSessionsExW' $truth @($pointer, $someNumber, $number, $somePointer, $someNumber)
    Add-NativeFunction $class 'wtsapi32.dll' 'WTSFreeMemoryExW' $truth @($number, $pointer, $number)
    Add-NativeFunction $class 'advapi32.dll' 'LsaOpenPolicy' $number @($pointer, [byte[]], $number, $somePointer)
    Add-NativeFunction $class 'advapi32.dll' 'LsaEnumerateAccountsWithUserRight' $number @($pointer, $pointer, $somePointer, $someNumber)
    Add-NativeFunction $class 'advapi32.dll' 'LsaAddAccountRights' $number @($pointer, [byte[]], $pointer, $number)
    Add-NativeFunction $class 'advapi32.dll' 'LsaRemoveAccountRights' $number @($pointer, [byte[]], $truth, $pointer, $number)
    Add-NativeFunction $class 'advapi32.dll' 'LsaFreeMemory' $number @($pointer)
    Add-NativeFunction $class 'advapi32.dll' 'LsaClose' $number @($pointer)
    Add-NativeFunction $class 'netapi32.dll' 'NetLocalGroupGetMembers' $number @($pointer, $text, $number, $somePointer, $number, $someNumber, $someNumber, $somePointer)
    Add-NativeFunction $class 'netapi32.dll' 'I_NetLogonControl2' $number @($pointer, $number, $number, $somePointer, $somePointer)
    Add-NativeFunction $class 'netapi32.dll' 'NetApiBufferFree' $number @($pointer)
    $script:Native = $class.CreateType()
    return $script:Native
}

# As [DllImport(Library, CharSet = CharSet.Unicode, SetLastError = true)] would declare it.
function Add-NativeFunction($Class, $Library, $Name, $Answer, $Parameters) {
    $method = $Class.DefineMethod($Name, [MethodAttributes]'Public, Static, PinvokeImpl', [type]$Answer, [type[]]$Parameters)
    $import = [DllImportAttribute]
    $fields = [FieldInfo[]]@($import.GetField('CharSet'), $import.GetField('SetLastError'))
    $values = [object[]]@([CharSet]::Unicode, $true)
    $method.SetCustomAttribute([CustomAttributeBuilder]::new($import.GetConstructor([type[]]@([string])), [object[]]@($Library), $fields, $values))
    $method.SetImplementationFlags([MethodImplAttributes]::PreserveSig)
}

# With these, SYSTEM reads and writes descriptors whatever they say, and may name any owner: SeBackupPrivilege,
# SeRestorePrivilege, SeTakeOwnershipPrivilege.
$BackupPrivileges = $false

function Enable-BackupPrivileges {
    if ($script:BackupPrivileges) { return }
    $native = Get-Native
    foreach ($privilege in 17, 18, 9) {
        $former = $false
        $status = $native::RtlAdjustPrivilege($privilege, $true, $false, [ref]$former)
        if ($status -ne 0) { throw ('Privilege {0} cannot be enabled (0x{1:X8}).' -f $privilege, $status) }
    }
    $script:BackupPrivileges = $true
}

# The CRYPT_KEY_PROV_INFO of a certificate, $null when it has none. The key that it names need not be there.
function Get-KeyProvider($Certificate) {
    $native = Get-Native
    $length = 0
    if (-not $native::CertGetCertificateContextProperty($Certificate.Handle, 2, [intptr]::Zero, [ref]$length)) { return $null }
    $info = [Marshal]::AllocHGlobal($length)
    try {
        if (-not $native::CertGetCertificateContextProperty($Certificate.Handle, 2, $info, [ref]$length)) { throw 'The key provider of a certificate cannot be read.' }
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
    $native = Get-Native
    $level = 1
    $list = [intptr]::Zero
    $count = 0
    if (-not $native::WTSEnumerateSessionsExW([intptr]::Zero, [ref]$level, 0, [ref]$list, [ref]$count)) { throw 'Windows does not tell its sessions.' }
    # WTS_SESSION_INFO_1: three numbers and five pointers, of which the third is the user.
    $start = if ([intptr]::Size -eq 8) { 16 } else { 12 }
    $states = @(for ($at = 0; $at -lt $count; $at += 1) {
        $session = [intptr]::Add($list, $at * ($start + 5 * [intptr]::Size))
        # Without a user the text is missing or empty: the documentation allows both.
        $user = [Marshal]::ReadIntPtr($session, $start + 2 * [intptr]::Size)
        if ($user -ne [intptr]::Zero -and [Marshal]::ReadInt16($user) -ne 0) { [Marshal]::ReadInt32($session, 4) }
    })
    $null = $native::WTSFreeMemoryExW(2, $list, $count)
    return @{ active = @($states -eq 0).Count; disconnected = @($states -eq 4).Count }
}
