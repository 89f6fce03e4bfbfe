import type { ConnectionSide } from "../core/connection-side.ts";

/**
 * A cause of client errors, and what decides whether it is the one: a check of this product, an item of the client
 * checks, or something that a person must look at.
 */
export interface Cause {
  readonly title: string;
  readonly side: ConnectionSide;
  /** The id of a check. */
  readonly check?: string;
  /** The id of a client check. */
  readonly clientCheck?: string;
  /**
   * Facts of the check's finding, one of which makes this the cause although the VM has no fault: a setting that turns
   * some clients away on purpose. `is`: the value that it must have.
   */
  readonly facts?: readonly { readonly name: string; readonly is?: string }[];
  /** What a person looks at, where neither of them decides it, or besides them. */
  readonly look?: string;
}

const needsProbe =
  "Run probe from where the client is: it shows the stage that fails, and whether something else answers.";

export const causes = {
  "vm-not-running": { title: "The VM does not run.", side: "path", check: "vm-is-running" },
  "network-denies": {
    title: "A network security group, a route or just-in-time access keeps the client out.",
    side: "path",
    check: "nsg-allows-rdp",
    look: "Run network with --from and the client's public address.",
  },
  "windows-firewall": {
    title: "The Windows firewall blocks the port.",
    side: "listener",
    check: "windows-firewall-allows-rdp",
  },
  "rdp-disabled": { title: "Remote Desktop is turned off in the VM.", side: "listener", check: "rdp-is-enabled" },
  "services-stopped": {
    title: "TermService or a service that it needs does not run or hangs.",
    side: "listener",
    check: "rdp-services-are-running",
  },
  "listener-missing": {
    title: "Nothing listens on the port, or another program does, or the port was changed.",
    side: "listener",
    check: "rdp-listener-is-listening",
  },
  "security-layer": {
    title: "Security layer, NLA or encryption level of the listener are outside the valid values.",
    side: "listener",
    check: "security-layer-is-consistent",
  },
  "security-layer-rdp": {
    title: "The listener is set to RDP's own security, and the client requires TLS or NLA.",
    side: "listener",
    check: "rdp-handshake-succeeds",
  },
  "key-unusable": {
    title: "The private key of the RDP certificate is missing, corrupt or not readable for NETWORK SERVICE.",
    side: "tls",
    check: "rdp-key-is-usable",
  },
  "key-folder": {
    title: "The permissions of the MachineKeys folder keep Windows from making a new key.",
    side: "tls",
    check: "machine-keys-permissions-are-default",
  },
  "certificate-invalid": {
    title: "The certificate of the listener has expired, is missing or is not usable.",
    side: "tls",
    check: "rdp-certificate-is-valid",
  },
  "tls12-off": { title: "TLS 1.2 is turned off for servers.", side: "tls", check: "tls12-is-enabled-for-server" },
  "no-suite": {
    title: "No cipher suite of the VM fits its certificate and the client.",
    side: "tls",
    check: "cipher-policy-suits-rdp",
  },
  "handshake-fails": {
    title: "The TLS handshake fails for a reason that its events name.",
    side: "tls",
    check: "rdp-handshake-succeeds",
  },
  tunnel: {
    title: "A tunnel, VPN, bastion host or port forwarding before the VM breaks the connection.",
    side: "gateway",
    look: `Connect once without it, from the same network as the VM. ${needsProbe}`,
  },
  inspection: {
    title:
      "A security product or a firewall between client and VM, or on one of the two, inspects or ends the connection.",
    side: "path",
    clientCheck: "security-software",
    look: needsProbe,
  },
  "unstable-path": {
    title: "The network loses packets: a slow VPN, an MTU that is too small, or UDP that does not get through.",
    side: "path",
    clientCheck: "udp-transport",
  },
  overload: {
    title: "Password guessing from the Internet keeps the listener busy.",
    side: "listener",
    check: "nsg-allows-rdp",
    look: "Count the log-on failures (event 4625) in the VM, and close the port to the Internet.",
  },
  "name-wrong": {
    title: "The name is misspelt, or resolves to an old or a private address at the client.",
    side: "name-resolution",
    clientCheck: "name-resolution",
  },
  "wrong-address": {
    title: "The client connects to another address or port than the VM has now.",
    side: "path",
    clientCheck: "reachability",
  },
  "client-nla-off": {
    title: "The client does not use CredSSP: its setting is off, or the program does not support it.",
    side: "client",
    clientCheck: "password-tool",
    look: "In the .rdp file: enablecredsspsupport:i:1. In mRemoteNG: Use CredSSP. Do not turn NLA off in the VM for it.",
  },
  "client-policy": {
    title: "A policy of the client requires or forbids a security protocol.",
    side: "client",
    clientCheck: "delegation-policy",
  },
  "credssp-vm-unpatched": {
    title: "The VM lacks the CredSSP update of 2018, without which updated clients refuse it.",
    side: "nla",
    check: "credssp-suits-clients",
    facts: [{ name: "credSsp" }],
    look: "Install the latest cumulative update in the VM, by Azure Update Manager or the serial console. A policy of Vulnerable on the client is a stopgap that weakens it.",
  },
  "credssp-unpatched": {
    title: "One of the two sides lacks the CredSSP update of 2018, and the other one insists on it.",
    side: "nla",
    check: "authentication-policies-admit-clients",
    facts: [{ name: "credssp/AllowEncryptionOracle" }],
    clientCheck: "credssp-policy",
    look: "Install updates on the older side. A policy of Vulnerable on the client is a stopgap that weakens it.",
  },
  "delegation-denied": {
    title: "The client's policy does not delegate credentials to this server.",
    side: "nla",
    clientCheck: "delegation-policy",
  },
  "old-client": {
    title: "The client is out of date, or an update of it is faulty.",
    side: "client",
    clientCheck: "client-version",
  },
  "client-tls": {
    title: "The client requires a TLS version or a cipher suite that the VM does not offer.",
    side: "client",
    clientCheck: "tls-floor",
  },
  "client-clock": { title: "The clock of the client is wrong.", side: "client", clientCheck: "clock" },
  "vm-clock": {
    title: "The clock of the VM is wrong.",
    side: "log-on",
    check: "clock-is-right",
    look: "Compare the time in the VM with the right one.",
  },
  "wrong-password": {
    title: "The password or the form of the user name is wrong.",
    side: "log-on",
    clientCheck: "account-form",
    look: "Try VMNAME\\user or .\\user for a local account. az vm user reset-password sets another password.",
  },
  "saved-password": {
    title: "The client sends an old password that it has saved.",
    side: "client",
    clientCheck: "saved-credentials",
  },
  "password-tool": {
    title: "A password manager or connection tool sends another password or user name.",
    side: "client",
    clientCheck: "password-tool",
  },
  "account-disabled": {
    title: "The account is disabled, has expired, or is limited to other hours or computers.",
    side: "log-on",
    check: "accounts-can-log-on",
    look: "Look at the account in the VM (net user NAME) or in the directory.",
  },
  "account-locked": {
    title: "The account is locked after wrong passwords, often guessed from the Internet.",
    side: "log-on",
    check: "accounts-can-log-on",
    look: "Wait for the end of the lock-out, or unlock the account; look at event 4740 for where the attempts came from.",
  },
  "password-expired": {
    title: "The password has expired or must be changed, and NLA does not allow to change it.",
    side: "log-on",
    look: "Change it elsewhere, or set another one: az vm user reset-password for a local account.",
  },
  "no-log-on-right": {
    title: "The account is no member of Remote Desktop Users or Administrators, or a policy denies it the log-on.",
    side: "log-on",
    check: "log-on-rights-allow-rdp",
    look: "Look at both groups and at the user rights for Remote Desktop (secedit /export /areas USER_RIGHTS).",
  },
  "log-ons-refused": {
    title: "The VM refuses new log-ons: drain mode, log-ons disabled, or a limit of sessions.",
    side: "log-on",
    check: "rdp-accepts-log-ons",
  },
  "sessions-taken": {
    title: "All sessions are taken: two without the role of a session host, or a limit. Disconnected ones count.",
    side: "log-on",
    check: "rdp-accepts-log-ons",
    look: "List the sessions in the VM by Run Command (query session), and sign one off (logoff ID).",
  },
  "not-administrator": {
    title: "The client was started with /admin, and the account is no administrator of the VM.",
    side: "client",
    look: "Start mstsc without /admin, or with an account of the group Administrators.",
  },
  "profile-broken": {
    title: "The user's profile cannot be loaded: ProfileList names a twin, a temporary profile or a lost folder.",
    side: "session",
    check: "log-on-subsystem-is-intact",
    look: "Look at ProfileList in the registry, at events 1500 to 1534 of User Profiles Service, and at free disk space.",
  },
  "session-stuck": {
    title: "A disconnected session of the same account hangs, and the new connection is attached to it.",
    side: "session",
    look: "List the sessions in the VM by Run Command (query session), and log the hanging one off (logoff ID).",
  },
  "local-account-denied": {
    title: "A policy denies network or Remote Desktop log-on to local accounts.",
    side: "log-on",
    check: "log-on-rights-allow-rdp",
    facts: [{ name: "SeDenyNetworkLogonRight" }, { name: "SeDenyRemoteInteractiveLogonRight" }],
    look: "Look at the rights Deny access from the network and Deny log on through Remote Desktop Services.",
  },
  "domain-unreachable": {
    title: "The VM cannot reach a domain controller, or its trust with the domain is broken.",
    side: "log-on",
    check: "domain-trust-is-intact",
    look: "Run Test-ComputerSecureChannel in the VM, look at Netlogon 5719 and 3210, and at its DNS servers.",
  },
  "kerberos-ntlm": {
    title: "NTLM is restricted, or Kerberos finds no name or encryption type for the server.",
    side: "log-on",
    check: "authentication-policies-admit-clients",
    facts: [
      { name: "ntlm/RestrictReceivingNTLMTraffic" },
      { name: "lsa/LmCompatibilityLevel" },
      { name: "kerberos/SupportedEncryptionTypes" },
    ],
    look: "Connect by the full name instead of the address; look at the NTLM policies of the VM and the domain.",
  },
  "channel-bindings": {
    title: "Something decrypts TLS between client and server, or LmCompatibilityLevel of the client is below 3.",
    side: "gateway",
    look: "Look at LmCompatibilityLevel of the client, and at proxies and gateways that decrypt TLS.",
  },
  "entra-account": {
    title: "The account is of Microsoft Entra ID, and this client cannot log on with it.",
    side: "log-on",
    clientCheck: "account-form",
  },
  "name-mismatch": {
    title: "The client connects by a name that the certificate or the directory does not have.",
    side: "client",
    clientCheck: "name-resolution",
  },
  "fips-mismatch": {
    title: "The VM requires FIPS, and the client does not support it.",
    side: "tls",
    check: "rdp-handshake-succeeds",
    look: "Look at MinEncryptionLevel 4 and at FIPSAlgorithmPolicy in the VM.",
  },
  "licence-server": {
    title: "The Remote Desktop Session Host role has no licences or no licence server, or its grace period is over.",
    side: "licence",
    check: "session-host-is-licensed",
    look: "mstsc /admin still connects where the role is installed. Configure licensing, or remove the role.",
  },
  "client-licence-store": {
    title: "The licence that the client has stored is damaged.",
    side: "client",
    look: "On the client, HKLM\\SOFTWARE\\Microsoft\\MSLicensing: a new mstsc as administrator writes it again after a backup and removal.",
  },
  "session-limit": {
    title: "A time limit, an administrator or a policy ended the session.",
    side: "session",
    check: "sessions-are-not-cut-short",
    facts: [
      { name: "MaxConnectionTime" },
      { name: "MaxIdleTime" },
      { name: "InitialProgram" },
      { name: "fDenyTSConnections beneath the policy" },
    ],
    look: "Look at the session limits of the policy, and at LocalSessionManager/Operational event 40 in the VM.",
  },
  "session-replaced": {
    title: "The same account connected from elsewhere.",
    side: "session",
    look: "Use one account per person.",
  },
  graphics: {
    title: "The display driver or graphics of the session fails.",
    side: "session",
    look: "Connect with one monitor and a smaller size. In the VM look at the display driver, at free memory, and at the policy for WDDM graphics display driver.",
  },
  "log-on-process": {
    title: "Winlogon, the shell or a log-on component of the VM ends unexpectedly.",
    side: "session",
    check: "log-on-subsystem-is-intact",
    look: "Look at Application 4005 and 1000 in the VM, at Userinit and Shell, and at third-party log-on software.",
  },
  "few-resources": {
    title: "The VM is short of memory, handles, ports or disk space.",
    side: "session",
    check: "memory-is-left",
    facts: [{ name: "event 2004" }],
    look: "Look at the metrics of the VM; a restart helps for a time.",
  },
  restarting: {
    title: "The VM restarts or shuts down.",
    side: "session",
    look: "Wait, and look at the activity log of the VM.",
  },
  "client-resources": {
    title: "The client has too little memory or video memory.",
    side: "client",
    look: "Close programs; use one monitor and a smaller size.",
  },
  "smart-card": {
    title: "Smart card, reader or PIN of the client.",
    side: "client",
    look: "Try another way to log on.",
  },
  loopback: {
    title: "The client connects to itself.",
    side: "client",
    clientCheck: "name-resolution",
    look: "The name or the forwarded port leads back to this computer.",
  },
  "restricted-admin": {
    title: "The client asks for Restricted Admin mode, which the VM does not allow.",
    side: "client",
    check: "authentication-policies-admit-clients",
    facts: [{ name: "Restricted Admin mode", is: "not allowed" }],
    look: "Start mstsc without /restrictedAdmin and without /remoteGuard.",
  },
  "gateway-certificate": {
    title: "The certificate of the RD Gateway has expired, is for another name, or is not trusted by the client.",
    side: "gateway",
    clientCheck: "gateway",
  },
  "gateway-unreachable": {
    title: "The RD Gateway cannot be reached, or something that is no gateway answers.",
    side: "gateway",
    clientCheck: "gateway",
  },
  "gateway-policy": {
    title: "The policies of the RD Gateway do not allow this user, this computer or this target name.",
    side: "gateway",
    look: "Look at its CAP and RAP, and at TerminalServices-Gateway/Operational 201, 301 and 304 on the gateway.",
  },
  "gateway-credentials": {
    title: "The RD Gateway rejects the credentials or expects another method.",
    side: "gateway",
    clientCheck: "saved-credentials",
  },
  "gateway-target": {
    title: "The RD Gateway does not reach the VM behind it.",
    side: "path",
    check: "nsg-allows-rdp",
    look: "Run network with --from and the private address of the gateway.",
  },
  "web-proxy": {
    title: "A proxy of the client's network refuses the connection.",
    side: "proxy",
    clientCheck: "proxy",
  },
  "gateway-setting": {
    title: "The client uses an RD Gateway that it should not use, or none where it needs one.",
    side: "client",
    clientCheck: "gateway",
  },
  broker: {
    title: "The Connection Broker or the pool behind it has no usable target.",
    side: "gateway",
    look: "Connect to one session host directly, and look at the events of the broker.",
  },
  "udp-blocked": {
    title: "UDP to the port is lost. The client falls back to TCP, on some networks only after a long time.",
    side: "path",
    clientCheck: "udp-transport",
  },
} as const satisfies Record<string, Cause>;

export type CauseId = keyof typeof causes;

/** Whether a finding without a fault explains an error: one of its facts is what a cause of this title needs. */
export function factExplains(title: string, facts: Readonly<Record<string, unknown>>): boolean {
  const cause = Object.values<Cause>(causes).find((one) => one.title === title);
  return (cause?.facts ?? []).some(
    ({ name, is }) => Object.hasOwn(facts, name) && (is === undefined || facts[name] === is),
  );
}

export function causeOf(id: CauseId): Cause {
  return causes[id];
}
