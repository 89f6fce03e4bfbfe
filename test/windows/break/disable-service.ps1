# Somebody hardened the server.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

Set-Service -Name 'TermService' -StartupType Disabled
Stop-Service -Name 'TermService' -Force
