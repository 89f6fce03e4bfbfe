#region windows
# Every call that touches Windows, and nothing else: the functions of sandbox/windows/seam.ts, with the same names,
# parameters and answers. Whoever puts other functions in this region is the Windows that all other files see.
# Answers are hashtables, arrays, texts, numbers, booleans and $null.
#
# Commands that are functions of a module (NetTCPIP, NetSecurity, NetConnection) do not see our $ErrorActionPreference:
# each call of one says -ErrorAction Stop itself.
. $PSScriptRoot/windows/native.ps1
. $PSScriptRoot/windows/registry.ps1
. $PSScriptRoot/windows/system.ps1
. $PSScriptRoot/windows/services.ps1
. $PSScriptRoot/windows/listener.ps1
. $PSScriptRoot/windows/certificates.ps1
. $PSScriptRoot/windows/certificate-users.ps1
. $PSScriptRoot/windows/files.ps1
. $PSScriptRoot/windows/schannel.ps1
. $PSScriptRoot/windows/firewall.ps1
. $PSScriptRoot/windows/events.ps1
. $PSScriptRoot/windows/handshake.ps1
. $PSScriptRoot/windows/journal.ps1
#endregion windows
