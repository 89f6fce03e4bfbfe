/*
 * What people are advised on the web when mstsc shows 0x904 with 0x7, and what this product does about each. Names in
 * backquotes are checks, remediations, items of client-checks, commands or worlds; a test knows them all.
 */

export interface CommonAdvice {
  readonly advice: string;
  readonly answer: string;
}

export const commonAdvice: readonly CommonAdvice[] = [
  {
    advice: "Delete the expired self-signed certificate, restart SessionEnv and TermService",
    answer: "`rdp-certificate-is-valid` finds it, `renew-rdp-certificate` does it, and the former one can be had back.",
  },
  {
    advice: "Rename the folder MachineKeys",
    answer:
      "`renew-rdp-key` puts the one key of Remote Desktop aside, which is enough; `rename-machine-keys-folder` only by name or where the folder itself is damaged: IIS, SQL Server and the agent have keys in it.",
  },
  {
    advice: "Give NETWORK SERVICE access to the private key",
    answer:
      "`rdp-key-is-usable` reads the permissions of Windows' own key and of a chosen certificate's; `repair-key-permissions` adds the entry.",
  },
  {
    advice: "Reset the list of SSL cipher suites",
    answer:
      "`cipher-policy-suits-rdp` tells a policy without a usable suite, which `reset-cipher-policy` removes, from suites that were disabled locally, which is advice.",
  },
  {
    advice: "TLS and encryption level do not match; FIPS",
    answer:
      "`tls12-is-enabled-for-server`, `security-layer-is-consistent`, `fips-mode-suits-clients` and `ecc-curves-suit-clients` judge each; `enable-tls12` and `restore-security-layer` change what is proven to break.",
  },
  {
    advice: "The service hangs: restart TermService, or the VM",
    answer:
      "`rdp-services-are-running` finds it, `restart-rdp-services` restarts it; `rdp-services-can-start` says why one does not start.",
  },
  {
    advice: "Disable NLA, or set the security layer to RDP",
    answer:
      "Never by itself, as it weakens the VM and proves nothing: `weaken-network-level-authentication` and `weaken-security-layer` by name, with a deadline after which the VM restores the setting.",
  },
  {
    advice: "Allow Remote Desktop in the Windows firewall, for both profiles",
    answer:
      "`windows-firewall-allows-rdp` judges the profile in use for the sources of the run, with addresses, blocking rules, merge policy and IPsec; `open-windows-firewall` enables Windows' own rules.",
  },
  {
    advice: "Open 3389 in the NSG",
    answer:
      "`nsg-allows-rdp` names the rule that decides, and the run proposes a rule for the client's address alone; the network owner deploys it. A port that is open to the Internet is noted.",
  },
  {
    advice: "Uninstall the antivirus (Bitdefender and others)",
    answer:
      "`no-product-filters-connections` names the products and filters where a handshake fails without another cause; none is touched. On the client: `security-software`.",
  },
  {
    advice: "Connect by address: the name resolves to something else (Windows 11)",
    answer: "`name-resolution` on the client; `probe` compares the name with the address.",
  },
  {
    advice: "Change the RD Gateway settings, turn off UDP or multi-transport over a VPN",
    answer: "`gateway` and `udp-transport` on the client; `probe` speaks to RD Gateways and to UDP 3389.",
  },
  {
    advice: "The VPN is slow, the MTU too large, packets are lost",
    answer: "`probe` from the client shows the stage that fails and names the MTU; `explain` ranks it for 0x904 alone.",
  },
  {
    advice: "Look at event 226 of the client, update the client, let mstsc through the client's firewall",
    answer:
      "`client-log`, `client-version` and `security-software` on the client; `explain` reads the event with its number.",
  },
  {
    advice: "Delete saved TERMSRV credentials; the password tool stores an old password",
    answer: "`saved-credentials` and `password-tool` on the client; `accounts-can-log-on` counts what the VM refused.",
  },
  {
    advice: "A session on the host is corrupt: sign it out",
    answer:
      "`rdp-accepts-log-ons` counts active and disconnected sessions against the limit. Which of them hangs cannot be read: sign the user out (`query session`, `logoff` in Run Command), or restart the VM.",
  },
];
