# Commands that are functions of a module (NetTCPIP, NetSecurity, NetConnection) do not see our $ErrorActionPreference:
# each call of one says -ErrorAction Stop itself.
. "$PSScriptRoot/native.ps1"
. "$PSScriptRoot/registry.ps1"
. "$PSScriptRoot/system.ps1"
. "$PSScriptRoot/services.ps1"
. "$PSScriptRoot/listener.ps1"
. "$PSScriptRoot/certificates.ps1"
. "$PSScriptRoot/certificate-users.ps1"
. "$PSScriptRoot/files.ps1"
. "$PSScriptRoot/schannel.ps1"
. "$PSScriptRoot/firewall.ps1"
. "$PSScriptRoot/events.ps1"
. "$PSScriptRoot/handshake.ps1"
