# The service that presents the RDP certificate may no longer read its key.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$machine = (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Cryptography' -Name 'MachineGuid').MachineGuid
$path = Join-Path $env:ProgramData "Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_$machine"
$networkService = [System.Security.Principal.SecurityIdentifier]::new('S-1-5-20')
$acl = [System.IO.File]::GetAccessControl($path, 'Access')
$acl.AddAccessRule([System.Security.AccessControl.FileSystemAccessRule]::new($networkService, 'Read', 'Deny'))
[System.IO.File]::SetAccessControl($path, $acl)
