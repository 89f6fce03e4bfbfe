import type { ConnectionSide } from "../core/connection-side.ts";

/** One thing to look at on the client when the server is in order. Reading it changes nothing. */
export interface ClientCheck {
  readonly id: string;
  readonly title: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** Commands for a Windows client, to copy; HOST stands for the server. They only read. */
  readonly commands: readonly string[];
  readonly good: string;
  /** What to do when it is not good. */
  readonly otherwise: string;
  /** The failed sides of a connection that it explains. */
  readonly sides: readonly ConnectionSide[];
  readonly source: string;
}

const learn = "https://learn.microsoft.com";
const support = "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support";
const credSspUpdate =
  "https://support.microsoft.com/en-us/topic/credssp-updates-for-cve-2018-0886-5cbf9e5f-dc6d-744f-9e97-7ba400d6d3ea";
const log = "Microsoft-Windows-TerminalServices-RDPClient/Operational";

/** All client checks, in the order for a connection of which nothing else is known. */
export const clientChecks: readonly ClientCheck[] = [
  {
    id: "name-resolution",
    title: "The name leads to the address of the VM",
    why: "An old DNS record, a hosts file or a private zone sends the client to another computer.",
    commands: ["Resolve-DnsName HOST", "Get-Content $env:SystemRoot\\System32\\drivers\\etc\\hosts"],
    good: "The address is the VM's public one, or its private one where a VPN is used.",
    otherwise: "Connect by the address once. If that works, correct the record, or run ipconfig /flushdns.",
    sides: ["name-resolution", "path"],
    source: `${learn}/powershell/module/dnsclient/resolve-dnsname`,
  },
  {
    id: "reachability",
    title: "The port can be reached from here",
    why: "The network between this client and the VM may differ from the one that was tested.",
    commands: ["Test-NetConnection HOST -Port 3389"],
    good: "TcpTestSucceeded is True.",
    otherwise: "Run network with --from and this client's public address, and look at the client's firewall and VPN.",
    sides: ["path", "listener"],
    source: `${learn}/powershell/module/nettcpip/test-netconnection`,
  },
  {
    id: "gateway",
    title: "An RD Gateway is used only where it is needed, and its certificate is trusted",
    why: "With a gateway the connection takes another path, and the gateway's certificate and policies decide.",
    commands: [
      "Select-String -Pattern gateway -Path $HOME\\Documents\\Default.rdp",
      "Get-ItemProperty 'HKCU:\\Software\\Policies\\Microsoft\\Windows NT\\Terminal Services'",
      "rdp-remediation probe GATEWAY --gateway",
    ],
    good: "gatewayusagemethod is 0 or 4 where there is no gateway; else the name is that of its certificate.",
    otherwise: "mstsc, Advanced, Settings: Do not use an RD Gateway server; or correct the name of the gateway.",
    sides: ["gateway", "proxy", "path"],
    source: `${learn}/azure/virtual-desktop/rdp-properties`,
  },
  {
    id: "proxy",
    title: "No proxy and no VPN changes the connection",
    why: "A VPN or a tunnel may carry TCP and lose large packets, and a proxy may block a gateway.",
    commands: [
      "netsh winhttp show proxy",
      "Get-ItemProperty 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'",
      "Get-VpnConnection",
    ],
    good: "There is none, or it also works from a network without it.",
    otherwise:
      "Try from another network, such as a mobile phone's, without VPN. If that works, the VPN or proxy is the cause.",
    sides: ["proxy", "path", "gateway", "tls"],
    source: `${learn}/windows/win32/winhttp/netsh-exe-commands`,
  },
  {
    id: "udp-transport",
    title: "UDP gets through, or is turned off",
    why: "After the log-on RDP also uses UDP; over some VPNs its packets are lost and the session freezes or drops.",
    commands: [
      "Get-ItemProperty 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\Client' -Name fClientDisableUDP",
    ],
    good: "fClientDisableUDP is absent or 0, and the session is stable. 1 means that UDP is turned off.",
    otherwise: "Turn UDP off on this client by the policy Turn Off UDP On Client, and connect again.",
    sides: ["session", "path"],
    source: `${learn}/windows/client-management/mdm/policy-csp-admx-terminalserver`,
  },
  {
    id: "security-software",
    title: "No security product opens or ends the connection",
    why: "Products that inspect TLS, and the firewall of the client, end connections that they do not understand.",
    commands: ["Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct"],
    good: "Only products that are known to let RDP through.",
    otherwise: "Try a client without the product, or exclude mstsc.exe from its inspection.",
    sides: ["tls", "path", "listener"],
    source: `${support}/windows-server/remote/rdp-error-general-troubleshooting.md`,
  },
  {
    id: "client-version",
    title: "The client is up to date",
    why: "Old clients lack TLS 1.2 or the CredSSP update of 2018; single updates broke clients and were replaced.",
    commands: ["(Get-Item $env:SystemRoot\\System32\\mstsc.exe).VersionInfo", "Get-CimInstance Win32_OperatingSystem"],
    good: "A supported version of Windows with the updates of the last months.",
    otherwise: "Install the updates, or try another client, such as the Windows App.",
    sides: ["tls", "nla", "client"],
    source: credSspUpdate,
  },
  {
    id: "tls-floor",
    title: "The client offers TLS 1.2",
    why: "A client that is limited to other versions or suites than the VM has cannot connect.",
    commands: [
      "Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client'",
      "Get-TlsCipherSuite | Select-Object Name",
    ],
    good: "Enabled is absent or not 0, and DisabledByDefault is absent or 0.",
    otherwise: "Remove the value, or ask the owner of the policy that sets it.",
    sides: ["tls"],
    source: `${learn}/windows-server/security/tls/tls-registry-settings`,
  },
  {
    id: "saved-credentials",
    title: "No old password is saved for this server",
    why: "mstsc sends a saved password without asking, also after it was changed; this can lock the account.",
    commands: ["cmdkey /list:TERMSRV/HOST"],
    good: "There is no entry, or its user name is the right one.",
    otherwise: "Remove it with cmdkey /delete:TERMSRV/HOST, and type the password.",
    sides: ["nla", "log-on"],
    source: `${learn}/windows-server/administration/windows-commands/cmdkey`,
  },
  {
    id: "account-form",
    title: "The user name has the form that the server expects",
    why: "Without a prefix the client may send its own domain, and the VM then looks in the wrong directory.",
    commands: ["whoami"],
    good: "VMNAME\\user or .\\user for an account of the VM, DOMAIN\\user for a domain, AzureAD\\user@domain for Entra ID.",
    otherwise:
      "Type the whole form. For Entra ID the client must be registered or joined, or use the web account option.",
    sides: ["nla", "log-on"],
    source: `${learn}/entra/identity/devices/howto-vm-sign-in-azure-ad-windows`,
  },
  {
    id: "password-tool",
    title: "The program that stores passwords sends the right ones, and uses CredSSP",
    why: "Connection managers and password vaults send old passwords, or have NLA turned off.",
    commands: ["mstsc /v:HOST /prompt"],
    good: "mstsc with a typed password fails in the same way as the program.",
    otherwise: "If mstsc works, correct the program: the stored password, Use CredSSP, enablecredsspsupport:i:1.",
    sides: ["nla", "log-on", "client"],
    source: "https://github.com/mRemoteNG/mRemoteNG/issues/1820",
  },
  {
    id: "credssp-policy",
    title: "The policy against the CredSSP attack fits both sides",
    why: "A client that requires the update of 2018 refuses a server without it, and the other way round.",
    commands: [
      "Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters' -Name AllowEncryptionOracle",
    ],
    good: "Absent or 1 (Mitigated), or 0 (Force updated clients) where all servers are updated.",
    otherwise: "Update the older side. 2 (Vulnerable) weakens this client: use it for one connection at most.",
    sides: ["nla"],
    source: credSspUpdate,
  },
  {
    id: "delegation-policy",
    title: "The client may send credentials to this server",
    why: "Policies for credential delegation can forbid saved credentials, or require Remote Credential Guard.",
    commands: ["Get-ItemProperty 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows\\CredentialsDelegation'"],
    good: "The key is absent, or its lists contain TERMSRV/HOST or TERMSRV/*.",
    otherwise: "Ask the owner of the policy; type the password instead of a saved one.",
    sides: ["nla", "client"],
    source: `${learn}/windows/client-management/mdm/policy-csp-admx-credssp`,
  },
  {
    id: "clock",
    title: "The clock of the client is right",
    why: "A wrong clock makes valid certificates invalid, and Kerberos refuses more than five minutes.",
    commands: ["w32tm /query /status", "Get-Date"],
    good: "The time differs from the true one by less than five minutes.",
    otherwise: "Correct it: w32tm /resync as an administrator.",
    sides: ["nla", "tls", "log-on"],
    source: `${learn}/windows-server/networking/windows-time-service/windows-time-service-tools-and-settings`,
  },
  {
    id: "client-log",
    title: "What the client's own log says",
    why: "Events 226, 1026 and 1105 name the step and the code; explain reads them.",
    commands: [`Get-WinEvent -LogName ${log} -MaxEvents 20 | Format-List TimeCreated, Id, Message`],
    good: "No event 226 at the time of the failure.",
    otherwise: "Give the text of the event to rdp-remediation explain.",
    sides: ["client", "session"],
    source: `${support}/windows-server/remote/rdp-error-general-troubleshooting.md`,
  },
];

/** What is known of the failure, the most certain first. */
export interface FailureHints {
  /** The side that a probe found. */
  readonly probed?: ConnectionSide | null;
  /** Ids of the checks that decide the causes of the client's error. */
  readonly named?: readonly string[];
  /** The sides of these causes. */
  readonly sides?: readonly ConnectionSide[];
}

/** All checks, the most telling first: of the probed side, then those that are named, then those of the other sides. */
export function rankClientChecks({ probed, named = [], sides = [] }: FailureHints): ClientCheck[] {
  const ofSide = (side: ConnectionSide) => clientChecks.filter((check) => check.sides.includes(side));
  const withId = (wanted: string) => clientChecks.filter(({ id }) => id === wanted);
  return [
    ...new Set([
      ...(probed ? ofSide(probed) : []),
      ...named.flatMap(withId),
      ...sides.flatMap(ofSide),
      ...clientChecks,
    ]),
  ];
}

/** The check with its commands for one server. `host` is a name or an address of the probe's form. */
export function forHost(check: ClientCheck, host: string | null): ClientCheck {
  if (host === null) return check;
  const named = (text: string) => text.replaceAll(/\bHOST\b/g, host);
  return { ...check, commands: check.commands.map(named), good: named(check.good), otherwise: named(check.otherwise) };
}
