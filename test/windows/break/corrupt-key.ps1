# A failed write left zeros in the file of the RDP key.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$machine = (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Cryptography' -Name 'MachineGuid').MachineGuid
$path = Join-Path $env:ProgramData "Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_$machine"
# Opened and not created anew: creating is refused for a file with the attribute System, which keys have.
$file = [System.IO.File]::Open($path, 'Open', 'Write', 'ReadWrite')
try {
    $zeros = [byte[]]::new($file.Length)
    $file.Write($zeros, 0, $zeros.Length)
} finally {
    $file.Close()
}
