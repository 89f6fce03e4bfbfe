import type { SourceId } from "../lib/core/sources.ts";

/*
 * Every cause for which people lose Remote Desktop that this product knows: what shows it, which check says so, what helps,
 * where the belief comes from, and the world that has it. docs/causes.md is generated from these rows.
 */

export const sides = [
  "Azure",
  "network",
  "Windows firewall",
  "listener",
  "TLS",
  "log-on",
  "network in Windows",
  "client",
] as const;

export interface CauseRow {
  readonly cause: string;
  readonly side: (typeof sides)[number];
  /** Sections of the evidence and what in them shows it. */
  readonly evidence: string;
  readonly sources: readonly SourceId[];
  /** A check and the world that has it; or why no evidence of a VM can show it, and what to do instead. */
  readonly seen: { readonly check: string; readonly world: string } | { readonly never: string };
  /** The remediation; without one the finding says what to do. */
  readonly remedy?: string;
  /** Why the finding advises where a least change is known. */
  readonly onlyAdvice?: string;
}

const by = (check: string, world: string) => ({ check, world });

export const causes: readonly CauseRow[] = [
  // Azure
  {
    cause: "The VM is stopped or deallocated",
    side: "Azure",
    evidence: "azure: power state",
    sources: ["GT"],
    seen: by("vm-is-running", "stopped-vm"),
  },
  {
    cause: "The VM agent is not ready, so that nothing inside can be read",
    side: "Azure",
    evidence: "azure: agent status",
    sources: ["XC"],
    seen: by("guest-agent-is-ready", "agent-not-ready"),
  },

  // Network
  {
    cause: "No rule of a network security group lets the client in",
    side: "network",
    evidence: "network: rules of the NIC and the subnet",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-no-rule"),
  },
  {
    cause: "A rule of the subnet denies what the NIC allows",
    side: "network",
    evidence: "network: rules of the subnet",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-subnet-denies"),
  },
  {
    cause: "A security admin rule denies the client",
    side: "network",
    evidence: "network: security admin rules",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-admin-denies"),
  },
  {
    cause: "Just-in-time access is closed",
    side: "network",
    evidence: "network: just-in-time policy",
    sources: ["JIT"],
    seen: by("nsg-allows-rdp", "network-jit-closed"),
  },
  {
    cause: "The listener has another port than the rules",
    side: "network",
    evidence: "listener: port; network: rules",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-custom-port"),
  },
  {
    cause: "A rule names the client's source port",
    side: "network",
    evidence: "network: source ports of the rules",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-source-port"),
  },
  {
    cause: "A route sends the answers to an appliance",
    side: "network",
    evidence: "network: effective routes or route table",
    sources: ["UDR"],
    seen: by("nsg-allows-rdp", "network-route-to-appliance"),
  },
  {
    cause: "The load balancer's rule leads to another port",
    side: "network",
    evidence: "network: load balancer",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-load-balancer-other-port"),
  },
  {
    cause: "The load balancer's health probe is denied",
    side: "network",
    evidence: "network: load balancer's probe; rules",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-probe-denied"),
  },
  {
    cause: "The rules deny the Bastion host",
    side: "network",
    evidence: "network: Bastion's subnet; rules",
    sources: ["NSG"],
    seen: by("nsg-allows-rdp", "network-bastion-shut-out"),
  },

  // Windows firewall
  {
    cause: "The rules of the Remote Desktop group are off",
    side: "Windows firewall",
    evidence: "firewall: rules of the group",
    sources: ["FW", "FR"],
    seen: by("windows-firewall-allows-rdp", "open-windows-firewall"),
    remedy: "open-windows-firewall",
  },
  {
    cause: "The rules are for other addresses than the client's",
    side: "Windows firewall",
    evidence: "firewall: remote addresses of the rules",
    sources: ["FW"],
    seen: by("windows-firewall-allows-rdp", "firewall-rule-for-other-addresses"),
  },
  {
    cause: "Group Policy does not merge local rules",
    side: "Windows firewall",
    evidence: "firewall: merge policy of the profile",
    sources: ["FW"],
    seen: by("windows-firewall-allows-rdp", "firewall-local-rules-not-merged"),
  },
  {
    cause: "The port was moved, and no rule is for it",
    side: "Windows firewall",
    evidence: "listener: port; firewall: ports of the rules",
    sources: ["CON"],
    seen: by("windows-firewall-allows-rdp", "port-moved-without-rule"),
  },
  {
    cause: "A local IPsec rule demands what clients do not have",
    side: "Windows firewall",
    evidence: "firewall: connection security rules",
    sources: ["IPS"],
    seen: by("windows-firewall-allows-rdp", "ipsec-rule-blocks-rdp"),
    onlyAdvice:
      "Disable-NetIPsecRule, which Enable-NetIPsecRule undoes. The rule is somebody's choice of whom to trust: switched off, every port that it covers is open to clients without IPsec, and the evidence does not show what it protects.",
  },
  {
    cause: "An IPsec rule of Group Policy demands what clients do not have",
    side: "Windows firewall",
    evidence: "firewall: connection security rules of the policy",
    sources: ["IPS"],
    seen: by("windows-firewall-allows-rdp", "ipsec-policy-blocks-rdp"),
    onlyAdvice: "Ask the owner of the policy: a rule that is switched off on the VM returns at the next refresh.",
  },
  {
    cause: "The firewall service, or the service BFE that it needs, is disabled",
    side: "Windows firewall",
    evidence: "firewall: start modes",
    sources: ["FWS"],
    seen: by("windows-firewall-allows-rdp", "firewall-service-disabled"),
    onlyAdvice:
      "The commands of the finding. Both are protected services: that Windows lets SYSTEM change them, and stop them again for an undo, was never tried, so that no undo can be promised; and rules that nobody has seen apply from the start on.",
  },
  {
    cause: "The firewall service fails at its start (DebugedLoopbackApps)",
    side: "Windows firewall",
    evidence: "firewall: type of the value; events of the service",
    sources: ["FWS"],
    seen: by("windows-firewall-allows-rdp", "firewall-service-dies"),
    onlyAdvice:
      "Delete the value, after saving it. Its key denies everybody, SYSTEM too, and this product writes nothing past a denial; its text may have 130 KB, more than a journal keeps; and an undo would put back what the service dies of.",
  },

  // Listener
  {
    cause: "Remote Desktop is off (fDenyTSConnections is not 0, or absent)",
    side: "listener",
    evidence: "registry: fDenyTSConnections",
    sources: ["CON"],
    seen: by("rdp-is-enabled", "enable-remote-desktop"),
    remedy: "enable-remote-desktop",
  },
  {
    cause: "A policy of the domain turns Remote Desktop off",
    side: "listener",
    evidence: "registry: policy value; system: domain",
    sources: ["CON"],
    seen: by("rdp-is-enabled", "policy-owned"),
  },
  {
    cause: "A policy of Intune turns Remote Desktop off",
    side: "listener",
    evidence: "registry: policy value; domain: kind of membership",
    sources: ["MDM"],
    seen: by("rdp-is-enabled", "intune-disables-remote-desktop"),
  },
  {
    cause: "The VM's own policy turns Remote Desktop off",
    side: "listener",
    evidence: "registry: policy value; system: no domain",
    sources: ["CON"],
    seen: by("rdp-is-enabled", "allow-rdp-in-local-policy"),
    remedy: "allow-rdp-in-local-policy",
  },
  {
    cause: "Registry keys of the role are missing",
    side: "listener",
    evidence: "listener: keys",
    sources: ["CON"],
    seen: by("rdp-listener-is-listening", "rdp-tcp-key-missing"),
  },
  {
    cause: "PortNumber is no port",
    side: "listener",
    evidence: "listener: port as it stands in the registry",
    sources: ["CON"],
    seen: by("rdp-listener-is-listening", "reset-rdp-port"),
    remedy: "reset-rdp-port",
  },
  {
    cause: "A service of Remote Desktop is stopped, disabled, hangs, or has another account",
    side: "listener",
    evidence: "services",
    sources: ["TS", "RS"],
    seen: by("rdp-services-are-running", "restart-rdp-services"),
    remedy: "restart-rdp-services",
  },
  {
    cause: "TermService loads a library of another product, and that library fails",
    side: "listener",
    evidence: "supportingServices: ServiceDll, exit codes",
    sources: ["TS"],
    seen: by("rdp-services-can-start", "restore-termservice-library"),
    remedy: "restore-termservice-library",
  },
  {
    cause: "A service that TermService needs is disabled",
    side: "listener",
    evidence: "supportingServices: dependencies",
    sources: ["TS"],
    seen: by("rdp-services-can-start", "termservice-dependency-disabled"),
  },
  {
    cause: "SecurityLayer, UserAuthentication or MinEncryptionLevel is out of range",
    side: "listener",
    evidence: "registry: the three values",
    sources: ["CON"],
    seen: by("security-layer-is-consistent", "restore-security-layer"),
    remedy: "restore-security-layer",
  },

  // TLS
  {
    cause: "NETWORK SERVICE may not read the RDP key",
    side: "TLS",
    evidence: "keys: permissions of the key file; events 36870",
    sources: ["CRT"],
    seen: by("rdp-key-is-usable", "repair-key-permissions"),
    remedy: "repair-key-permissions",
  },
  {
    cause: "The RDP key is corrupt or gone",
    side: "TLS",
    evidence: "certificate: key; events 1057, 1058",
    sources: ["CRT"],
    seen: by("rdp-key-is-usable", "renew-rdp-key"),
    remedy: "renew-rdp-key",
  },
  {
    cause: "The folder MachineKeys cannot be changed any more",
    side: "TLS",
    evidence: "keys: folder and key",
    sources: ["MK"],
    seen: by("rdp-key-is-usable", "rename-machine-keys-folder"),
    remedy: "rename-machine-keys-folder",
  },
  {
    cause: "NETWORK SERVICE may not read the key of a chosen certificate",
    side: "TLS",
    evidence: "certificate: permissions of its key file",
    sources: ["EV"],
    seen: by("rdp-key-is-usable", "custom-certificate-key-closed"),
    remedy: "repair-key-permissions",
  },
  {
    cause: "The listener's own certificate has expired",
    side: "TLS",
    evidence: "certificate: NotAfter",
    sources: ["CRT"],
    seen: by("rdp-certificate-is-valid", "renew-rdp-certificate"),
    remedy: "renew-rdp-certificate",
  },
  {
    cause: "SYSTEM is denied to write the certificate store, so that no certificate is renewed",
    side: "TLS",
    evidence: "certificate: deny entries of the store's registry keys",
    sources: ["CRT"],
    seen: by("rdp-certificate-is-valid", "certificate-store-denied"),
  },
  {
    cause: "The same entry is inherited from a key that all stores share",
    side: "TLS",
    evidence: "certificate: deny entries of the store's registry keys",
    sources: ["CRT"],
    seen: by("rdp-certificate-is-valid", "certificate-store-denied-above"),
  },
  {
    cause: "A chosen certificate is gone; its renewal has another thumbprint",
    side: "TLS",
    evidence: "registry: SSLCertificateSHA1Hash; events 1051",
    sources: ["EV"],
    seen: by("rdp-certificate-is-valid", "remove-certificate-binding"),
    remedy: "remove-certificate-binding",
  },
  {
    cause: "A chosen certificate has expired",
    side: "TLS",
    evidence: "certificate: NotAfter, origin",
    sources: ["EV"],
    seen: by("rdp-certificate-is-valid", "custom-certificate-expired"),
  },
  {
    cause: "The listener presents a former certificate",
    side: "TLS",
    evidence: "handshake: thumbprint; certificate: in use",
    sources: ["EV"],
    seen: by("rdp-handshake-succeeds", "former-certificate-presented"),
  },
  {
    cause: "CryptSvc or KeyIso is disabled",
    side: "TLS",
    evidence: "supportingServices",
    sources: ["CRT"],
    seen: by("supporting-services-can-start", "enable-crypto-services"),
    remedy: "enable-crypto-services",
  },
  {
    cause: "The disk is full, so that no key or certificate can be made",
    side: "TLS",
    evidence: "system: free space; events 1058",
    sources: ["CRT"],
    seen: by("system-drive-has-room", "disk-full"),
  },
  {
    cause: "TLS 1.2 is off for servers",
    side: "TLS",
    evidence: "registry: TLS 1.2 Server",
    sources: ["CON"],
    seen: by("tls12-is-enabled-for-server", "enable-tls12"),
    remedy: "enable-tls12",
  },
  {
    cause: "A policy leaves no cipher suite for the certificate",
    side: "TLS",
    evidence: "registry: Functions; schannel: suites",
    sources: ["CSO", "CON"],
    seen: by("cipher-policy-suits-rdp", "reset-cipher-policy"),
    remedy: "reset-cipher-policy",
  },
  {
    cause: "Cipher suites are disabled locally",
    side: "TLS",
    evidence: "schannel: suites",
    sources: ["MT"],
    seen: by("cipher-policy-suits-rdp", "cipher-suites-disabled-locally"),
  },
  {
    cause: "FIPS mode or encryption level 4 shuts clients out",
    side: "TLS",
    evidence: "registry: FIPS, MinEncryptionLevel",
    sources: ["CON"],
    seen: by("fips-mode-suits-clients", "fips-mode"),
  },
  {
    cause: "A security product resets connections",
    side: "TLS",
    evidence: "installedProducts; handshake",
    sources: ["GE"],
    seen: by("no-product-filters-connections", "security-product-resets"),
  },
  {
    cause: "The VM's own client settings limit the handshake that is made inside",
    side: "TLS",
    evidence: "handshake: what the VM offers",
    sources: ["CON"],
    seen: by("rdp-handshake-succeeds", "own-client-limited"),
  },

  // Log-on
  {
    cause: "The listener refuses log-ons (fLogonDisabled, drain mode, TSEnabled)",
    side: "log-on",
    evidence: "registry: the three values",
    sources: ["GE"],
    seen: by("rdp-accepts-log-ons", "enable-log-on"),
    remedy: "enable-log-on",
  },
  {
    cause: "The limit of sessions is reached",
    side: "log-on",
    evidence: "registry: MaxInstanceCount; sessions",
    sources: ["GE"],
    seen: by("rdp-accepts-log-ons", "session-limit-reached"),
    remedy: "enable-log-on",
  },
  {
    cause: "The grace period for licences is over",
    side: "log-on",
    evidence: "licensing: mode, days, servers",
    sources: ["GE"],
    seen: by("session-host-is-licensed", "licence-grace-over"),
  },
  {
    cause: "Log-on by Remote Desktop is denied to a broad group",
    side: "log-on",
    evidence: "rights",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "restore-log-on-rights"),
    remedy: "restore-log-on-rights",
  },
  {
    cause: "Nobody has the right to log on by Remote Desktop",
    side: "log-on",
    evidence: "rights",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "rdp-log-on-for-nobody"),
  },
  {
    cause: "Network log-on is denied to a broad group, which stops NLA",
    side: "log-on",
    evidence: "rights",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "network-log-on-denied"),
  },
  {
    cause:
      "Local accounts are denied the network log-on in a workgroup (a baseline for members of a domain), which stops NLA",
    side: "log-on",
    evidence: "rights; domain: kind of membership; registry",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "local-accounts-denied-network"),
  },
  {
    cause: "Local administrators are denied Remote Desktop in a workgroup",
    side: "log-on",
    evidence: "rights; domain: kind of membership",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "local-administrators-denied-rdp"),
  },
  {
    cause: "Services may not log on as services",
    side: "log-on",
    evidence: "rights",
    sources: ["URA"],
    seen: by("log-on-rights-allow-rdp", "services-may-not-log-on"),
  },
  {
    cause: "A public DNS server is set by hand on a member of a domain",
    side: "log-on",
    evidence: "domain: secure channel, DNS servers; logOns: 0xC000005E",
    sources: ["4625", "NET"],
    seen: by("domain-trust-is-intact", "public-dns-on-domain-member"),
  },
  {
    cause: "Licences per user in a workgroup end sessions of Windows Server 2019 after 60 minutes",
    side: "log-on",
    evidence: "licensing; domain: kind of membership; system: build",
    sources: ["60M"],
    seen: by("session-host-is-licensed", "per-user-licences-in-workgroup"),
  },
  {
    cause: "The trust with the domain is lost",
    side: "log-on",
    evidence: "domain: secure channel; events 3210, 5719",
    sources: ["GE"],
    seen: by("domain-trust-is-intact", "domain-trust-lost"),
  },
  {
    cause: "No domain controller is reached",
    side: "log-on",
    evidence: "domain: secure channel",
    sources: ["GE"],
    seen: by("domain-trust-is-intact", "domain-unreachable"),
  },
  {
    cause: "Netlogon is disabled on a member of a domain",
    side: "log-on",
    evidence: "domain: Netlogon",
    sources: ["CON"],
    seen: by("domain-trust-is-intact", "netlogon-disabled"),
  },
  {
    cause: "The clock of the VM is wrong",
    side: "log-on",
    evidence: "collectedAt, against the request",
    sources: ["GE"],
    seen: by("clock-is-right", "clock-wrong"),
  },
  {
    cause: "Log-ons fail because the clocks differ",
    side: "log-on",
    evidence: "logOns: failures by status",
    sources: ["GE"],
    seen: by("accounts-can-log-on", "clock-skew"),
  },
  {
    cause: "Many wrong passwords: password guessing, or a locked account",
    side: "log-on",
    evidence: "logOns: failures by status, lock-outs",
    sources: ["GE"],
    seen: by("accounts-can-log-on", "password-spraying"),
  },
  {
    cause: "Userinit or Shell is broken",
    side: "log-on",
    evidence: "subsystem: Userinit, Shell",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "userinit-broken"),
  },
  {
    cause: "Windows is in setup mode",
    side: "log-on",
    evidence: "subsystem: SetupType",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "setup-mode"),
  },
  {
    cause: "Profiles are temporary",
    side: "log-on",
    evidence: "subsystem: profiles",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "temporary-profiles"),
  },
  {
    cause: "RPC runs in split hosts",
    side: "log-on",
    evidence: "subsystem: RPC image paths",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "rpc-hosts-split"),
  },
  {
    cause: "AppLocker refuses Windows' own programs",
    side: "log-on",
    evidence: "subsystem: AppLocker",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "app-locker-refuses-windows"),
  },
  {
    cause: "A software restriction policy refuses programs",
    side: "log-on",
    evidence: "subsystem: Safer",
    sources: ["LOG"],
    seen: by("log-on-subsystem-is-intact", "software-restriction"),
  },

  // The network inside Windows
  {
    cause: "A static address in Windows is not that of the NIC",
    side: "network in Windows",
    evidence: "guestNetwork against the NIC of Azure",
    sources: ["NET"],
    seen: by("guest-network-matches-azure", "static-address-differs"),
  },
  {
    cause: "The default gateway is lost",
    side: "network in Windows",
    evidence: "guestNetwork: gateways",
    sources: ["NET"],
    seen: by("guest-network-matches-azure", "default-gateway-lost"),
  },
  {
    cause: "DNS servers are set in Windows",
    side: "network in Windows",
    evidence: "guestNetwork: DNS against DHCP",
    sources: ["NET"],
    seen: by("guest-network-matches-azure", "dns-set-in-windows"),
  },
  {
    cause: "The DHCP client is disabled",
    side: "network in Windows",
    evidence: "supportingServices",
    sources: ["NET"],
    seen: by("supporting-services-can-start", "dhcp-disabled"),
  },
  {
    cause: "RPC services are disabled",
    side: "network in Windows",
    evidence: "supportingServices",
    sources: ["NET"],
    seen: by("supporting-services-can-start", "rpc-disabled"),
  },
  {
    cause: "A network provider's library is gone",
    side: "network in Windows",
    evidence: "guestNetwork: network providers",
    sources: ["NET"],
    seen: by("network-providers-exist", "network-provider-gone"),
  },
  {
    cause: "The machine's proxy does not answer",
    side: "network in Windows",
    evidence: "guestNetwork: proxy",
    sources: ["NET"],
    seen: by("machine-has-no-proxy", "machine-proxy"),
  },
  {
    cause: "The outgoing ports are exhausted",
    side: "network in Windows",
    evidence: "guestNetwork: ports; events 4227, 4231",
    sources: ["NET"],
    seen: by("outgoing-ports-are-left", "outgoing-ports-exhausted"),
  },
  {
    cause: "MachineKeys is full of leaked keys",
    side: "TLS",
    evidence: "keys: number of other files",
    sources: ["CRT"],
    seen: { never: "machine-keys-are-few notes it; a world of that size would be slow, a unit test holds it." },
  },
  {
    cause: "A policy leaves only curves that clients do not have",
    side: "TLS",
    evidence: "registry: EccCurves",
    sources: ["CSO"],
    seen: {
      never:
        "ecc-curves-suit-clients says unknown: the VM's own client has the same curves, so that its handshake proves nothing.",
    },
  },
  {
    cause: "Policies of NTLM, CredSSP or Kerberos shut clients out",
    side: "log-on",
    evidence: "registry: the policies",
    sources: ["CSSP", "NTLM"],
    seen: {
      never:
        "authentication-policies-admit-clients names whom a policy shuts out; none proves that a user was refused.",
    },
  },
  {
    cause: "A restart has been pending for weeks",
    side: "network in Windows",
    evidence: "system: pending restart, boot time",
    sources: ["CON"],
    seen: by("windows-waits-for-no-restart", "restart-pending-for-weeks"),
  },

  // What no evidence of the VM shows
  {
    cause: "The client's settings, version, saved password or TLS floor",
    side: "client",
    evidence: "none in the VM",
    sources: ["DC"],
    seen: {
      never: "It is on the client: run `client-checks` and `probe` there, and `explain` for the error that it shows.",
    },
  },
  {
    cause: "A gateway, proxy, tunnel or VPN in between",
    side: "client",
    evidence: "none in the VM",
    sources: ["XD"],
    seen: { never: "It is between client and VM: `probe` from the client, with `--proxy` or against the gateway." },
  },
  {
    cause: "A start-up or log-on script hangs",
    side: "log-on",
    evidence: "none that decides",
    sources: ["LOG"],
    seen: {
      never:
        "The session exists and shows nothing: look at scripts of Group Policy (scripts.ini, psscripts.ini) by hand.",
    },
  },
  {
    cause: "Windows does not boot (BootExecute, drivers that are refused)",
    side: "Azure",
    evidence: "azure: the agent does not report",
    sources: ["LOG"],
    seen: { never: "Nothing inside can be read: boot diagnostics and `az vm repair`, as guest-agent-is-ready says." },
  },
];
