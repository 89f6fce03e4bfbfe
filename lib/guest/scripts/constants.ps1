# What the guest knows by itself and takes from no request. A test holds these against lib/core/windows.ts,
# lib/core/guest-evidence.ts and lib/guest/protocol.ts.

# In the order in which they start; they stop in the reverse order.
$RdpServices = @('SessionEnv', 'TermService', 'UmRdpService')
$RdpServiceAccounts = @{
    SessionEnv = 'LocalSystem'
    TermService = 'NT AUTHORITY\NetworkService'
    UmRdpService = 'LocalSystem'
}
# Services that may be set back to their start mode and started; their account and type stay.
$CryptoServices = @{ CryptSvc = 'Auto'; KeyIso = 'Manual' }
$DefaultRdpPort = 3389
# The Azure agent, which Run Command needs.
$AgentServices = @('WindowsAzureGuestAgent', 'RdAgent')

# The key of the self-signed RDP certificate: this prefix, then the MachineGuid.
$RdpKeyPrefix = 'f686aace6942fb7f7ceb231212eef4a4_'
# More keys than these take too long to copy while the services are stopped.
$MostKeysToCopy = 20000
# Containers without a certificate, by the beginning of their files' names.
$KnownContainers = @{
    '6de9cb26' = 'iisConfigurationKey'
    '76944fb3' = 'iisWasKey'
    'd6d986f0' = 'NetFrameworkConfigurationKey'
    'c2319c42' = 'Microsoft Internet Information Server'
    '7a436fe8' = 'MS IIS DCOM Server'
    'bedbf0b4' = 'WMSvc Certificate Key Container'
}
$MachineKeysDefault = @{ owner = 'S-1-5-18'; sddl = 'D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)' }
# The entries that may be added to permissions, and the trustees whose deny entries may be dropped, as Windows spells
# both.
$GrantedEntries = @{
    'machine-keys-folder' = @('(A;;0x12019f;;;WD)', '(A;;FA;;;BA)')
    'rdp-key' = @('(A;;FA;;;SY)', '(A;;FR;;;NS)', '(A;;FR;;;BA)', '(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)')
    'certificate-key' = @('(A;;FR;;;NS)')
}
$DeniedHolders = @('NS', 'SY', 'BA', 'BU', 'WD', 'AU', 'SU', 'S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104', 'S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833')

# The rights that decide on a log-on and the accounts that count, by the codes of the evidence.
$LogOnRights = [ordered]@{
    i = 'SeInteractiveLogonRight'; n = 'SeNetworkLogonRight'; r = 'SeRemoteInteractiveLogonRight'; s = 'SeServiceLogonRight'
    di = 'SeDenyInteractiveLogonRight'; dn = 'SeDenyNetworkLogonRight'; dr = 'SeDenyRemoteInteractiveLogonRight'; ds = 'SeDenyServiceLogonRight'
}
$Trustees = [ordered]@{
    WD = 'S-1-1-0'; AU = 'S-1-5-11'; BA = 'S-1-5-32-544'; BU = 'S-1-5-32-545'; RD = 'S-1-5-32-555'
    L = 'S-1-5-113'; LA = 'S-1-5-114'; AS = 'S-1-5-80-0'
}
$DefaultRights = @{ i = 'BA BU'; n = 'WD BA BU'; r = 'BA RD'; s = 'AS' }
# What a change may lead to: the right, the account, and whether it holds it.
$ChangeableRights = @(
    'r BA True', 'r RD True', 'i BA True', 's AS True',
    'dr WD False', 'dr AU False', 'dr BA False', 'dr BU False', 'dr RD False', 'dr L False', 'dr LA False',
    'di WD False', 'di AU False', 'di BA False', 'di BU False', 'di RD False', 'di L False', 'di LA False',
    'dn WD False', 'dn AU False', 'dn BA False', 'dn BU False', 'dn RD False', 'dn L False', 'dn LA False',
    'ds AS False'
)

$ReplyMarker = 'RDP-REMEDIATION-REPLY'
$MaximumReplyBytes = 3500
# The sections of the evidence, in the order in which they are dropped when a reply is too long.
$DroppedFirst = @(
    'installedProducts', 'events', 'dependents', 'guestNetwork', 'firewall', 'sessions', 'logOns', 'licensing', 'subsystem',
    'domain', 'rights', 'system', 'schannel', 'agent', 'journal', 'supportingServices',
    'keys', 'listener', 'services', 'registry', 'certificate', 'handshake'
)
