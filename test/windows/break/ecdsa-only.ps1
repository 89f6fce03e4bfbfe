# A policy leaves cipher suites alone with which an RSA certificate cannot be used.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$key = 'HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002'
if (-not (Test-Path -Path $key)) { $null = New-Item -Path $key -Force }
$suites = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
$null = New-ItemProperty -Path $key -Name 'Functions' -Value $suites -PropertyType String -Force
