/*
 * The documents behind this product's facts about Windows, by the letters with which comments cite them.
 */

const support = "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support";
const vms = `${support}/azure/virtual-machines/windows`;
const windowsServer = "https://github.com/MicrosoftDocs/windowsserverdocs/blob/HEAD/WindowsServerDocs";
const win32 = "https://github.com/MicrosoftDocs/win32/blob/HEAD/desktop-src";

export const sources = {
  EV: { title: "RDP connection problems by event id", url: `${vms}/event-id-troubleshoot-vm-rdp-connecton.md` },
  IE: { title: "RDP internal error", url: `${vms}/troubleshoot-rdp-internal-error.md` },
  TS: {
    title: "Remote Desktop Services does not start",
    url: `${vms}/troubleshoot-remote-desktop-services-issues.md`,
  },
  GE: { title: "RDP general error", url: `${vms}/troubleshoot-rdp-general-error.md` },
  FW: {
    title: "The guest firewall blocks inbound traffic",
    url: `${vms}/guest-os-firewall-blocking-inbound-traffic.md`,
  },
  FR: { title: "Firewall rules of the guest", url: `${vms}/enable-disable-firewall-rule-guest-os.md` },
  NLA: {
    title: "Network Location Awareness and the profiles of the Windows firewall",
    url: "https://blogs.technet.microsoft.com/networking/2010/09/08/network-location-awareness-nla-and-how-it-relates-to-windows-firewall-profiles/",
  },
  GT: {
    title: "General Remote Desktop troubleshooting",
    url: `${support}/windows-server/remote/rdp-error-general-troubleshooting.md`,
  },
  STRONG: {
    title: "InitializeIpInterfaceEntry: the strong host model, the metrics of RAS, and DisableDefaultRoutes",
    url: "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-initializeipinterfaceentry",
  },
  WGK: {
    title: "WireGuard for Windows: network configuration quirks, with the rules of its kill-switch",
    url: "https://github.com/WireGuard/wireguard-windows/blob/HEAD/docs/netquirk.md",
  },
  MNIC: {
    title: "Network interfaces of a VM: Azure gives a default gateway to the primary one alone",
    url: "https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface-vm",
  },
  NSG: {
    title: "How network security groups filter traffic",
    url: "https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works",
  },
  SPOT: {
    title: "Azure Spot Virtual Machines, and when they are evicted",
    url: "https://learn.microsoft.com/azure/virtual-machines/spot-vms",
  },
  BNSG: {
    title: "The rules that the security group of AzureBastionSubnet needs",
    url: "https://learn.microsoft.com/azure/bastion/bastion-nsg",
  },
  BSKU: {
    title: "What each SKU of Azure Bastion can do",
    url: "https://learn.microsoft.com/azure/bastion/bastion-sku-comparison",
  },
  LBF: {
    title: "Floating IP of a load balancer, and what Windows needs for it",
    url: "https://learn.microsoft.com/azure/load-balancer/load-balancer-floating-ip",
  },
  UDR: {
    title: "Virtual network traffic routing",
    url: "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
  },
  MK: {
    title: "Default permissions of the MachineKeys folders",
    url: `${support}/windows-server/windows-security/default-permissions-machinekeys-folders.md`,
  },
  XC: {
    title: "Certificates of extensions on Windows VMs",
    url: `${vms}/troubleshoot-extension-certificates-issues-windows-vm.md`,
  },
  MC: {
    title: "Several certificates of extensions on a VM",
    url: `${vms}/multiple-certificates-iaas-vm-extensions.md`,
  },
  RR: { title: "Reset Remote Desktop Services or its password", url: `${vms}/reset-rdp.md` },
  DC: { title: "IMsTscAxEvents::OnDisconnected", url: `${win32}/TermServ/imstscaxevents-ondisconnected.md` },
  XD: { title: "ExtendedDisconnectReasonCode", url: `${win32}/TermServ/extendeddisconnectreasoncode.md` },
  KS: { title: "Key storage and retrieval", url: `${win32}/SecCNG/key-storage-and-retrieval.md` },
  CSO: {
    title: "Policy: order of the SSL cipher suites",
    url: "https://learn.microsoft.com/windows/client-management/mdm/policy-csp-admx-ciphersuiteorder",
  },
  JIT: {
    title: "Just-in-time access to VMs",
    url: "https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-overview",
  },
  ALI: {
    title: "Remote Desktop troubleshooting of another cloud, with its rules for listeners and certificates",
    url: "https://github.com/aliyun/alibabacloud-ecs-troubleshoot-skills/tree/HEAD/skills/alibabacloud-ecs-windows-online-troubleshooting/references",
  },
  RS: { title: "Default settings of the service SessionEnv", url: "https://revertservice.com/10/sessionenv" },
  IIS7: {
    title: "MachineKeys on IIS 7.x inside out",
    url: "https://learn.microsoft.com/archive/blogs/jaskis/machinekeys-on-iis-7-x-inside-out",
  },
  ASKDS: {
    title: "Remote Desktop Services enrolling for TLS certificates (copy of an article of the Directory Services team)",
    url: "https://drware.com/remote-desktop-services-enrolling-for-tls-certificate-from-an-enterprise-ca",
  },
  VHD: {
    title: "Prepare a Windows disk for upload",
    url: "https://github.com/MicrosoftDocs/azure-compute-docs/blob/HEAD/articles/virtual-machines/windows/prepare-for-upload-vhd-image.md",
  },
  RC1: {
    title: "Run scripts by action Run Commands",
    url: "https://github.com/MicrosoftDocs/azure-compute-docs/blob/HEAD/articles/virtual-machines/windows/run-command.md",
  },
  VA: {
    title: "VM assist for Windows",
    url: "https://github.com/Azure/azure-support-scripts/blob/HEAD/vmassist/windows/vmassist.ps1",
  },
  CRT: {
    title: "Repair of the RDP certificate by Azure support, with measured defaults",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-rdp-certificate.ps1",
  },
  CON: {
    title: "Repair of RDP connectivity by Azure support, with measured values",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-rdp-connectivity.ps1",
  },
  FWS: {
    title: "Repair of the firewall service by Azure support",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-firewall-service.ps1",
  },
  GPFAS: {
    title: "MS-GPFAS: Group Policy: Firewall and Advanced Security Data Structure",
    url: "https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/",
  },
  IPS: {
    title: "Repair of an IPsec rule that blocks RDP by Azure support",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-ipsec-rdp-block.ps1",
  },
  NET: {
    title: "Repair of the network in the guest by Azure support, with measured start types",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-network-connectivity.ps1",
  },
  MIP: {
    title: "Several IP addresses on one NIC",
    url: "https://github.com/MicrosoftDocs/azure-docs/blob/HEAD/articles/virtual-network/ip-services/virtual-network-multiple-ip-addresses-portal.md",
  },
  RDPW: {
    title: "A wrapper's library in the place of termsrv.dll, and how to restore it",
    url: "https://github.com/stascorp/rdpwrap/issues/2457",
  },
  SCM: { title: "SERVICE_STATUS: exit codes of a service", url: `${win32}/Services/service-status-transitions.md` },
  WERR: { title: "System error codes", url: `${win32}/Debug/system-error-codes.md` },
  PORTS: {
    title: "Port exhaustion",
    url: `${support}/windows-client/networking/tcp-ip-port-exhaustion-troubleshooting.md`,
  },
  PCAV: {
    title: "Service names of security products",
    url: "https://github.com/netwrix/pingcastle/blob/HEAD/Scanners/AntivirusScanner.cs",
  },
  URA: {
    title: "Repair of user rights by Azure support, with measured defaults",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-user-rights.ps1",
  },
  LOG: {
    title: "Repair of the log-on subsystem by Azure support",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-logon-subsystem.ps1",
  },
  APL: {
    title: "Repair of blocking AppLocker rules by Azure support",
    url: "https://github.com/Azure/repair-script-library/blob/HEAD/src/windows/win-fix-applocker-blocking.ps1",
  },
  TSS: { title: "Win32_TerminalServiceSetting", url: `${win32}/TermServ/win32-terminalservicesetting.md` },
  MDM: {
    title: "Policies of device management for Remote Desktop Services, with AllowUsersToConnectRemotely",
    url: "https://learn.microsoft.com/windows/client-management/mdm/policy-csp-remotedesktopservices",
  },
  "60M": {
    title: "Sessions of Windows Server 2019 end after 60 minutes: licences per user without a domain",
    url: "https://support.ncomputing.com/portal/en/kb/articles/windows-server-2019-vspace-sessions-disconnect-every-60-minutes",
  },
  AVD: {
    title: "Windows Enterprise multi-session",
    url: "https://learn.microsoft.com/azure/virtual-desktop/windows-multisession-faq",
  },
  AU: { title: "Authentication errors of RDP", url: `${vms}/cannot-connect-rdp-azure-vm.md` },
  CSSP: {
    title: "CredSSP updates for CVE-2018-0886",
    url: "https://support.microsoft.com/kb/4093492",
  },
  NTLM: {
    title: "Policy: restrict incoming NTLM traffic",
    url: "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/network-security-restrict-ntlm-incoming-ntlm-traffic",
  },
  KET: {
    title: "Policy: configure encryption types allowed for Kerberos",
    url: "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/network-security-configure-encryption-types-allowed-for-kerberos",
  },
  "4625": {
    title: "Event 4625: an account failed to log on",
    url: "https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4625",
  },
  ERREF: {
    title: "MS-ERREF: NTSTATUS values",
    url: "https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55",
  },
  RTL: {
    title: "RDP refuses the type of log-on: network level authentication needs the log-on over the network",
    url: "https://learn.microsoft.com/windows-server/remote/remote-desktop-services/troubleshoot/cannot-authenticate-or-must-authenticate-twice",
  },
  NBL: {
    title: "A report: network level authentication with NTLM blocked on the VM",
    url: "https://github.com/MicrosoftDocs/azure-docs/issues/34095",
  },
  ESI: {
    title: "Sign in to a Windows VM in Azure by Microsoft Entra ID",
    url: "https://learn.microsoft.com/entra/identity/devices/howto-vm-sign-in-azure-ad-windows",
  },
  EMFA: {
    title: "A report: multifactor authentication per user refuses the sign-in to a VM",
    url: "https://github.com/MicrosoftDocs/azure-docs/issues/53814",
  },
  PKU: {
    title: "Policy: allow PKU2U authentication requests to use online identities",
    url: "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/network-security-allow-pku2u-authentication-requests-to-this-computer-to-use-online-identities",
  },
  SCF: {
    title: "Policy: require Windows Hello for Business or a smart card for interactive log-ons",
    url: "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/interactive-logon-require-smart-card",
  },
  SVC: {
    title: "Guidance on disabling system services on Windows Server",
    url: "https://learn.microsoft.com/windows-server/security/windows-services/security-guidelines-for-disabling-system-services-in-windows-server",
  },
  SID: {
    title: "Stronger administrator protection and Kerberos authentication: computers that share a SID (KB5068222)",
    url: "https://support.microsoft.com/topic/strengthening-administrator-protection-and-kerberos-authentication-f67abf78-41c5-4a89-a2da-a7b2fe280270",
  },
  TSD: { title: "Win32_TSSessionDirectory", url: `${win32}/TermServ/win32-tssessiondirectory.md` },
  BRK: {
    title: "A report: the connection broker redirects sessions, mstsc /admin does not",
    url: "https://github.com/GoogleCloudPlatform/iap-desktop/issues/1326",
  },
  SCR: {
    title: "Restrict the cryptographic algorithms and protocols of Schannel",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/windows-server/certificates-and-public-key-infrastructure-pki/restrict-cryptographic-algorithms-protocols-schannel.md",
  },
  SC1: {
    title: "A report: Enabled as 1 instead of 0xffffffff for Schannel's ciphers ends Remote Desktop",
    url: "https://github.com/0x6d69636b/windows_hardening/issues/95",
  },
  CLP: {
    title: "Change the listening port of Remote Desktop",
    url: "https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port",
  },
  PPX: {
    title: "netsh interface portproxy",
    url: "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-interface-portproxy",
  },
  WMI: { title: "Win32_TSGeneralSetting", url: `${win32}/TermServ/win32-tsgeneralsetting.md` },
  CS: { title: "Prioritizing Schannel cipher suites", url: `${win32}/SecAuthN/prioritizing-schannel-cipher-suites.md` },
  TLS: { title: "TLS registry settings", url: `${windowsServer}/security/tls/tls-registry-settings.md` },
  KRB: {
    title: "Maximum tolerance for computer clock synchronization (Kerberos)",
    url: "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/maximum-tolerance-for-computer-clock-synchronization",
  },
  TLSV: {
    title: "TLS protocol version support",
    url: `${win32}/SecAuthN/protocols-in-tls-ssl--schannel-ssp-.md`,
  },
  TLSC: {
    title: "TLS elliptic curves in Windows 10 version 1607 and later",
    url: `${win32}/SecAuthN/tls-elliptic-curves-in-windows-10-1607-and-later.md`,
  },
  MT: { title: "Manage TLS", url: `${windowsServer}/security/tls/manage-tls.md` },
  RCG: {
    title: "Remote Credential Guard and Restricted Admin mode",
    url: "https://learn.microsoft.com/windows/security/identity-protection/remote-credential-guard",
  },
  ADMX: {
    title: "Policy: require use of a specific security layer",
    url: "https://admx.help/?Category=Windows_10_2016&Policy=Microsoft.Policies.TerminalServer::TS_SECURITY_LAYER_POLICY",
  },
  PFE: {
    title: "Removing self-signed RDP certificates",
    url: "https://learn.microsoft.com/archive/blogs/askpfeplat/removing-self-signed-rdp-certificates",
  },
  PRV: {
    title: "The Terminal Services service does not start with error 1297",
    url: "https://support.microsoft.com/kb/946399",
  },
  LCC: {
    title: "Remote Desktop listener certificate configurations",
    url: "https://learn.microsoft.com/troubleshoot/windows-server/remote/remote-desktop-listener-certificate-configurations",
  },
  STL: {
    title: "Unexpected locks and disconnections of Remote Desktop sessions",
    url: `${support}/windows-server/remote/troubleshoot-unexpected-rds-session-locks-or-disconnections.md`,
  },
  PROG: {
    title: "Specify a program to start when a user logs on to a remote session",
    url: "https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc770821(v=ws.10)",
  },
  GPR: {
    title: "Remote Desktop sessions are disconnected during updates of Group Policy",
    url: "https://support.microsoft.com/kb/2083411",
  },
  CSV: {
    title: "CredSSP encryption oracle remediation: versions of TSpkg.dll",
    url: `${support}/azure/virtual-machines/windows/credssp-encryption-oracle-remediation.md`,
  },
  RADAR: {
    title: "Detecting low virtual memory conditions (event 2004)",
    url: "https://learn.microsoft.com/archive/blogs/mikelag/detecting-low-virtual-memory-conditions-in-windows-2008-and-r2",
  },
  EVAL: {
    title: "What an evaluation of Windows Server does when its time is over",
    url: "https://learn.microsoft.com/answers/questions/5834757/does-windows-server-evaluation-officially-shut-dow",
  },
  EVC: {
    title: "Convert an evaluation of Windows Server to a full edition",
    url: "https://learn.microsoft.com/windows-server/get-started/upgrade-conversion-options",
  },
  CPF: {
    title: "ICredentialProviderFilter",
    url: "https://learn.microsoft.com/windows/win32/api/credentialprovider/nn-credentialprovider-icredentialproviderfilter",
  },
  DUO: { title: "Duo Authentication for Windows Logon: questions", url: "https://duo.com/docs/rdp-faq" },
  EXP: {
    title: "Ports that Hyper-V reserves cannot be bound",
    url: "https://github.com/docker/for-win/issues/3171",
  },
  AGV: {
    title: "Minimum version support for virtual machine agents in Azure",
    url: "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/support-extensions-agent-version",
  },
} as const satisfies Record<string, { title: string; url: string }>;
export type SourceId = keyof typeof sources;
