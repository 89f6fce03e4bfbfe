import type { CauseId } from "./causes.ts";

/** What a code or a pair of codes says, and what may have caused it, the likeliest cause first. */
export interface Topic {
  readonly proves: string;
  readonly doesNotProve: string;
  readonly causes: readonly CauseId[];
}

/** The listener's side of a connection that is closed again: everything that fails between TCP and the log-on. */
const closedByServer: readonly CauseId[] = [
  "key-unusable",
  "certificate-invalid",
  "no-suite",
  "tls12-off",
  "services-stopped",
  "security-layer",
  "handshake-fails",
  "key-folder",
  "listener-missing",
];

const passwords: readonly CauseId[] = ["wrong-password", "saved-password", "password-tool"];

export const topics = {
  "closed-before-session": {
    proves:
      "The TCP connection succeeded, and the other side then closed it before there was a session. So the name, the address and the port were reached.",
    doesNotProve:
      "It does not prove that the certificate is at fault, nor at which stage it happened, nor that it was the VM that closed: a tunnel, a gateway or a security product in between looks the same.",
    causes: [...closedByServer, "tunnel", "inspection", "unstable-path", "overload", "wrong-address", "old-client"],
  },
  "connection-lost": {
    proves: "A connection existed, and it was closed or lost. Nothing says by whom.",
    doesNotProve: "It proves nothing about the log-on, and not whether the VM, the network or a tunnel closed it.",
    causes: ["unstable-path", "tunnel", ...closedByServer, "inspection", "few-resources"],
  },
  "server-denied": {
    proves: "The server, or something that answers in its place, denied the connection.",
    doesNotProve: "It gives no reason: TLS, services, limits of connections and devices in between are all possible.",
    causes: [...closedByServer, "no-log-on-right", "log-ons-refused", "tunnel", "inspection", "session-limit"],
  },
  "denied-after-log-on": {
    proves:
      "The server ended the connection and denied the session. TCP and, as people report, often the log-on had succeeded.",
    doesNotProve: "It does not prove a fault of the network or of the certificate.",
    causes: [
      "graphics",
      "log-ons-refused",
      "session-stuck",
      "log-on-process",
      "no-log-on-right",
      "session-limit",
      "few-resources",
      "licence-server",
      ...closedByServer,
    ],
  },
  "ended-by-server": {
    proves:
      "The server ended the connection in an orderly way. The extended code says why; without it the reason is open.",
    doesNotProve: "It is no error by itself, and no sign of a fault of the network.",
    causes: [
      "session-limit",
      "log-ons-refused",
      "session-stuck",
      "graphics",
      "log-on-process",
      "licence-server",
      "few-resources",
      "no-log-on-right",
      "key-unusable",
    ],
  },
  "not-named": {
    proves: "The client got no session. The sentence names no stage; the codes under its details say more.",
    doesNotProve: "It does not prove that the network is at fault: limits of sessions and TLS give the same sentence.",
    causes: [
      "rdp-disabled",
      ...closedByServer,
      "log-ons-refused",
      "sessions-taken",
      "windows-firewall",
      "network-denies",
      "tunnel",
    ],
  },
  "session-full": {
    proves: "Network, listener, TLS and the account work: there is no room for one more session.",
    doesNotProve: "It is no fault of the account and no lack of licences by itself.",
    causes: ["sessions-taken", "session-stuck", "log-ons-refused"],
  },
  "session-access": {
    proves: "Network, listener and TLS work, and the account was checked: this session is not allowed to it.",
    doesNotProve: "It does not prove that the account may not log on at all.",
    causes: ["not-administrator", "no-log-on-right", "sessions-taken", "log-ons-refused", "session-stuck"],
  },
  "services-busy": {
    proves: "Network, listener and TLS work; Remote Desktop Services could not make or take over the session in time.",
    doesNotProve: "It is no fault of the network or of the password.",
    causes: ["session-stuck", "few-resources", "log-on-process", "profile-broken", "services-stopped"],
  },
  "domain-trust": {
    proves:
      "Network, listener and TLS work; the domain does not accept the VM, or is not reached, so that it checks no account.",
    doesNotProve: "It says nothing about the password. Local accounts still log on.",
    causes: ["domain-unreachable", "vm-clock"],
  },
  "log-on-type": {
    proves:
      "Network, listener and TLS work; the account may not log on in this way (over the network for NLA, or by Remote Desktop).",
    doesNotProve: "It does not prove that the password was wrong; mostly it was right.",
    causes: ["local-account-denied", "no-log-on-right", "domain-unreachable"],
  },
  profile: {
    proves: "The log-on succeeded; the profile of the user could not be loaded in the VM.",
    doesNotProve: "It is no fault of the network, of TLS or of the password. Another account may get in.",
    causes: ["profile-broken", "few-resources"],
  },
  "authentication-error": {
    proves:
      "The TCP connection succeeded; the authentication of the server or of the user failed, and it is not named which.",
    doesNotProve:
      "It does not tell TLS and the certificate from CredSSP and the password. The sentence or code beside it does.",
    causes: [
      "certificate-invalid",
      "no-suite",
      "tls12-off",
      "client-tls",
      "credssp-vm-unpatched",
      "credssp-unpatched",
      "client-nla-off",
      "client-clock",
      "wrong-password",
      "domain-unreachable",
      "old-client",
    ],
  },
  "log-on-failed": {
    proves: "Network, listener and TLS work: Windows refused a log-on. Status and SubStatus in the event say why.",
    doesNotProve:
      "It does not prove that it was the user who now complains: guesses from the Internet give the same event.",
    causes: [
      "wrong-password",
      "saved-password",
      "account-locked",
      "account-disabled",
      "no-log-on-right",
      "local-account-denied",
    ],
  },
  "no-connection": {
    proves: "No TCP connection came about: RDP, TLS and the account were never reached.",
    doesNotProve: "It does not distinguish a closed port from lost packets; the probe does.",
    causes: [
      "network-denies",
      "vm-not-running",
      "windows-firewall",
      "rdp-disabled",
      "services-stopped",
      "listener-missing",
      "wrong-address",
      "name-wrong",
      "gateway-setting",
      "inspection",
    ],
  },
  timeout: {
    proves: "The other side did not answer in time.",
    doesNotProve: "It does not distinguish lost packets from a server that hangs.",
    causes: [
      "network-denies",
      "unstable-path",
      "vm-not-running",
      "windows-firewall",
      "services-stopped",
      "few-resources",
      "wrong-address",
    ],
  },
  name: {
    proves: "The client got no usable address for the name. Nothing was sent to the VM.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["name-wrong", "wrong-address", "gateway-setting"],
  },
  certificate: {
    proves: "TLS reached the certificate of the server, and the client did not accept it.",
    doesNotProve:
      "It does not prove that the VM's own certificate is wrong: another computer or a device may have answered.",
    causes: ["certificate-invalid", "client-clock", "name-mismatch", "tunnel", "inspection", "old-client"],
  },
  key: {
    proves: "The server has no certificate with a usable key.",
    doesNotProve: "It does not prove that the whole MachineKeys folder is at fault.",
    causes: ["key-unusable", "certificate-invalid", "key-folder", "services-stopped"],
  },
  "tls-mismatch": {
    proves: "Client and server have no TLS version or cipher suite in common.",
    doesNotProve: "It does not show which side is too strict.",
    causes: ["no-suite", "tls12-off", "client-tls", "old-client", "fips-mismatch"],
  },
  "handshake-client": {
    proves: "The client's own step failed, in the handshake or after it. The number says only that, not why.",
    doesNotProve: "It does not prove a fault of the client: a server that closes the connection gives the same event.",
    causes: [...closedByServer, "client-tls", "inspection", "tunnel", "old-client", "wrong-password"],
  },
  "rdp-security": {
    proves: "The encryption of RDP itself failed, or the data were changed on the way.",
    doesNotProve: "It says nothing about the account.",
    causes: [
      "security-layer",
      "security-layer-rdp",
      "key-unusable",
      "inspection",
      "tunnel",
      "unstable-path",
      "old-client",
    ],
  },
  "client-security": {
    proves: "The server requires a security protocol that the client did not offer.",
    doesNotProve: "It is no fault of the VM: the server answers as it is configured.",
    causes: ["client-policy", "old-client", "tunnel"],
  },
  "security-layer": {
    proves: "The server is configured for RDP's own security alone.",
    doesNotProve: "It does not prove that TLS would fail.",
    causes: ["security-layer-rdp", "security-layer"],
  },
  fips: {
    proves: "One side requires FIPS, and the other one does not comply.",
    doesNotProve: "It does not show which side is configured wrongly.",
    causes: ["fips-mismatch", "old-client"],
  },
  "nla-client": {
    proves:
      "The server requires Network Level Authentication (CredSSP), and the client did not offer it. The server works as configured.",
    doesNotProve: "It is no reason to turn NLA off in the VM: the client's setting or program is at fault.",
    causes: ["client-nla-off", "client-policy", "tunnel", "old-client"],
  },
  "credssp-update": {
    proves:
      "CredSSP was refused because the two sides have different levels of the update of 2018, or NTLM is not allowed.",
    doesNotProve: "It does not prove that the password is wrong.",
    causes: ["credssp-vm-unpatched", "credssp-unpatched", "kerberos-ntlm", "domain-unreachable"],
  },
  delegation: {
    proves: "The client did not send the credentials, because its policy does not allow that for this server.",
    doesNotProve: "It says nothing about the password and the VM.",
    causes: ["delegation-denied", "name-mismatch", "saved-password", "password-tool"],
  },
  password: {
    proves: "Network, listener and TLS work: the server checked the credentials and refused them.",
    doesNotProve: "It does not distinguish a wrong password from a wrong user name or an old saved one.",
    causes: [
      ...passwords,
      "entra-account",
      "account-locked",
      "local-account-denied",
      "kerberos-ntlm",
      "domain-unreachable",
    ],
  },
  "user-name": {
    proves: "Network, listener and TLS work: the server knows no such account.",
    doesNotProve:
      "It does not prove that the account does not exist elsewhere: the form of the name decides where it is looked up.",
    causes: ["wrong-password", "password-tool", "entra-account", "domain-unreachable"],
  },
  "saved-credentials": {
    proves: "The server wants the password to be typed, and refused a saved one.",
    doesNotProve: "It does not prove that the saved password is wrong.",
    causes: ["saved-password", "password-tool"],
  },
  "account-state": {
    proves: "Network, listener and TLS work, and the account is known; its state prevents the log-on.",
    doesNotProve: "It does not prove that the password was right.",
    causes: ["account-disabled", "password-tool"],
  },
  "account-locked": {
    proves: "Network, listener and TLS work; the account is locked out.",
    doesNotProve: "It does not say who typed the wrong passwords.",
    causes: ["account-locked", "saved-password", "overload"],
  },
  "password-change": {
    proves: "Network, listener and TLS work; the password must be changed first.",
    doesNotProve: "It is no fault of the VM.",
    causes: ["password-expired"],
  },
  "log-on-right": {
    proves: "Network, listener and TLS work; the user was refused for a lack of rights.",
    doesNotProve: "It does not prove that the password was wrong; mostly it was right.",
    causes: ["no-log-on-right", "log-ons-refused", "local-account-denied", "licence-server"],
  },
  "no-authority": {
    proves: "Network and listener work; no authority that could check the account was reached.",
    doesNotProve: "It does not show whether the client, the VM or the domain controller lacks the connection.",
    causes: ["domain-unreachable", "kerberos-ntlm", "wrong-password", "vm-clock", "name-mismatch", "entra-account"],
  },
  "server-name": {
    proves: "The server that answered has another name in the directory than the client asked for.",
    doesNotProve: "It does not prove that the VM is at fault: an old DNS record gives the same.",
    causes: ["name-mismatch", "name-wrong", "tunnel"],
  },
  clock: {
    proves:
      "The clocks of two of the three (client, VM, domain controller) differ by more than Kerberos or the certificate allows.",
    doesNotProve: "It does not show which clock is wrong.",
    causes: ["client-clock", "vm-clock", "certificate-invalid"],
  },
  "channel-bindings": {
    proves: "The log-on is bound to another TLS connection than the one that the server sees.",
    doesNotProve: "It does not prove that the password is wrong.",
    causes: ["channel-bindings", "inspection", "tunnel"],
  },
  licence: {
    proves: "The log-on got as far as licensing: network, listener and TLS work.",
    doesNotProve: "It does not prove that licences are missing: the licence server may only be out of reach.",
    causes: ["licence-server", "client-licence-store"],
  },
  "client-licence": {
    proves: "Licensing failed because of what the client has stored or sent.",
    doesNotProve: "It does not prove that the server lacks licences.",
    causes: ["client-licence-store", "licence-server"],
  },
  graphics: {
    proves: "The log-on succeeded; the graphics of the session failed in the VM.",
    doesNotProve: "It is no fault of the network, of TLS or of the account.",
    causes: ["graphics", "few-resources", "old-client", "unstable-path"],
  },
  "log-on-process": {
    proves: "The session was created, and a process of its log-on ended in the VM.",
    doesNotProve: "It is no fault of the network, of TLS or of the password.",
    causes: ["log-on-process", "few-resources"],
  },
  protocol: {
    proves: "Client and server spoke RDP with each other, and one of them did not accept what came.",
    doesNotProve: "It says nothing about the account, and does not show which side is at fault.",
    causes: ["graphics", "old-client", "unstable-path", "inspection", "few-resources"],
  },
  "session-limit": {
    proves: "There was a session, and a limit or a person ended it.",
    doesNotProve: "It is no fault of the connection.",
    causes: ["session-limit"],
  },
  replaced: {
    proves: "There was a session, and another connection took it over.",
    doesNotProve: "It is no fault of the connection.",
    causes: ["session-replaced"],
  },
  "ended-on-purpose": {
    proves: "A person or a tool ended the connection.",
    doesNotProve: "It is no error.",
    causes: ["session-limit"],
  },
  restarting: {
    proves: "The VM is going down.",
    doesNotProve: "It does not say who asked for it.",
    causes: ["restarting"],
  },
  "server-resources": {
    proves: "The VM had no memory for the session.",
    doesNotProve: "It is no fault of the network or of the account.",
    causes: ["few-resources"],
  },
  "client-resources": {
    proves: "The client lacks memory.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["client-resources"],
  },
  "client-version": {
    proves: "The client or one of its components does not work or does not fit the server.",
    doesNotProve: "It says nothing about the VM; try another client.",
    causes: ["old-client"],
  },
  "smart-card": {
    proves: "The smart card of the client does not work.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["smart-card"],
  },
  loopback: {
    proves: "The client reached itself.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["loopback"],
  },
  "restricted-admin": {
    proves: "The VM answered, and does not allow the mode that the client asked for.",
    doesNotProve: "It is no fault of the VM.",
    causes: ["restricted-admin"],
  },
  "gateway-certificate": {
    proves: "The client reached an RD Gateway and did not accept its certificate. Nothing was sent to the VM.",
    doesNotProve: "It says nothing about the VM and its certificate.",
    causes: ["gateway-certificate", "client-clock", "inspection"],
  },
  "gateway-connection": {
    proves: "The client uses an RD Gateway, and the connection to it failed. The VM may not have been reached at all.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["gateway-unreachable", "web-proxy", "gateway-setting", "gateway-target"],
  },
  "gateway-credentials": {
    proves: "The RD Gateway answered and refused the credentials. Nothing was sent to the VM.",
    doesNotProve: "It says nothing about the account in the VM.",
    causes: ["gateway-credentials", "wrong-password", "saved-password", "password-tool"],
  },
  "gateway-policy": {
    proves: "The RD Gateway answered, knows the user, and does not allow the connection.",
    doesNotProve: "It says nothing about the VM.",
    causes: ["gateway-policy", "gateway-setting"],
  },
  "gateway-target": {
    proves: "The RD Gateway let the user in, and could not connect to the VM behind it.",
    doesNotProve: "It does not show whether the network or the VM refuses the gateway.",
    causes: [
      "gateway-target",
      "network-denies",
      "windows-firewall",
      "services-stopped",
      "listener-missing",
      "vm-not-running",
    ],
  },
  "gateway-proxy": {
    proves: "A proxy or a firewall of the client's network stands between the client and the RD Gateway, and refuses.",
    doesNotProve: "It says nothing about the gateway and the VM.",
    causes: ["web-proxy", "gateway-setting"],
  },
  broker: {
    proves: "The Connection Broker answered and has no usable target.",
    doesNotProve: "It says nothing about a single VM.",
    causes: ["broker", "restarting"],
  },
  udp: {
    proves: "It is about the additional UDP connection, which is only made when a session exists over TCP.",
    doesNotProve: "It does not prove that the session failed: without UDP the session goes on over TCP.",
    causes: ["udp-blocked", "unstable-path"],
  },
  internal: {
    proves: "The client met an error that it does not name.",
    doesNotProve: "It says neither on which side nor at which stage.",
    causes: [...closedByServer, "name-wrong", "inspection", "tunnel", "old-client", "unstable-path"],
  },
  "no-information": {
    proves: "By itself it says nothing.",
    doesNotProve: "It proves nothing about any side.",
    causes: [],
  },
  "family-network": {
    proves:
      "The code is not documented. All documented codes that end in 04 are about name resolution, sockets and time-outs.",
    doesNotProve: "That this one is too is an inference.",
    causes: ["network-denies", "unstable-path", "vm-not-running", "name-wrong", "tunnel", ...closedByServer],
  },
  "family-authentication": {
    proves:
      "The code is not documented. All documented codes that end in 07 are about TLS, certificates and the account.",
    doesNotProve: "That this one is too is an inference.",
    causes: [
      "wrong-password",
      "certificate-invalid",
      "credssp-vm-unpatched",
      "credssp-unpatched",
      "client-nla-off",
      "account-disabled",
      "key-unusable",
      "client-clock",
    ],
  },
  "family-gateway": {
    proves: "The code is not documented. All documented codes from 0x3000000 on are about an RD Gateway.",
    doesNotProve: "That this one is too is an inference.",
    causes: ["gateway-unreachable", "gateway-certificate", "gateway-credentials", "gateway-policy", "web-proxy"],
  },
} as const satisfies Record<string, Topic>;

export type TopicId = keyof typeof topics;

export function topicOf(id: TopicId): Topic {
  return topics[id];
}
