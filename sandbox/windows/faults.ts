import { z } from "zod";
import { registryPath } from "../../lib/core/registry-value.ts";
import { administratorsSid, machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { rdpKeySecurity } from "./builds.ts";
import { emptyContainer } from "./certificates.ts";
import { copyOf } from "./copy.ts";
import { addEvents, type Edit, setDword } from "./edit.ts";
import { keyNotAccessible, noCommonSuite, protocolDisabled } from "./events.ts";
import { foreignKey, keyFileName, thumbprintOf } from "./healthy.ts";
import { logOnFaults } from "./log-on-faults.ts";
import { winStationsKey } from "./machine.ts";
import { platformFaults } from "./platform-faults.ts";
import type { CertificateState, WindowsState } from "./state.ts";

/*
 * The faults of Remote Desktop inside Windows, by name. Each fault edits the given state and adds the events that it
 * causes. Faults can be combined.
 */

/** The self-signed certificate that the pointer names; `null` when an earlier fault removed it. */
function rdpCertificate(state: WindowsState): CertificateState | null {
  const pointer = state.registry[registryPath("winstations/SelfSignedCertificate")];
  return state.certificates["Remote Desktop"][String(pointer?.data)] ?? null;
}

function rdpKeyPath(state: WindowsState): string {
  return `${machineKeysFolder}\\${rdpKeyPrefix}${state.system.machineGuid}`;
}

function editRdpKey(state: WindowsState, edit: Partial<WindowsState["files"][string]>): void {
  Object.assign(state.files[rdpKeyPath(state)] ?? {}, edit);
}

function setCipherPolicy(state: WindowsState): void {
  const suites = ["TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"];
  state.registry[registryPath("cipher-policy/Functions")] = { type: "string", data: suites.join(",") };
  // In the same key as the list, and must not be changed.
  state.registry[registryPath("cipher-policy/EccCurves")] = { type: "multi-string", data: ["NistP384", "NistP256"] };
  state.schannel.policyInEffect = suites;
  addEvents(state, "Schannel", 36874, noCommonSuite);
}

function stop(state: WindowsState, ...names: (keyof WindowsState["services"])[]): void {
  for (const name of names) Object.assign(state.services[name] ?? {}, { state: "Stopped" });
}

function removeKey(state: WindowsState, key: string): void {
  for (const path of Object.keys(state.registry)) if (path.startsWith(`HKLM\\${key}\\`)) delete state.registry[path];
}

function useCustomCertificate(state: WindowsState, notBefore: string, notAfter: string): void {
  const thumbprint = thumbprintOf("a custom RDP certificate");
  state.certificates.My[thumbprint] = {
    subject: "CN=VM-APP-01.corp.example.com",
    selfSigned: false,
    notBefore,
    notAfter,
    keyAlgorithm: "RSA",
    keySize: 2048,
    keyUsages: ["1.3.6.1.5.5.7.3.1"],
    // Stored by CNG, outside of MachineKeys.
    key: { provider: "Microsoft Software Key Storage Provider", container: "rdp-custom", file: null },
    usedBy: [],
  };
  state.registry[registryPath("rdp-tcp/SSLCertificateSHA1Hash")] = { type: "binary", data: thumbprint };
}

const edits = {
  /** It has expired, and SessionEnv has not started since. */
  "certificate-expired": (state) => {
    const certificate = rdpCertificate(state);
    if (certificate) Object.assign(certificate, { notBefore: "now-190d", notAfter: "now-8d" });
  },
  "certificate-ends-soon": (state) => {
    const certificate = rdpCertificate(state);
    if (certificate) Object.assign(certificate, { notBefore: "now-172d", notAfter: "now+10d" });
  },
  /** The store is empty; the key still exists. */
  "certificate-missing": (state) => {
    state.certificates["Remote Desktop"] = {};
    addEvents(state, "Schannel", 36872, null);
  },
  /** The registry names a certificate that is not in the store; the store has another one that nothing names. */
  "certificate-dangling-pointer": (state) => {
    const data = thumbprintOf("a certificate that is gone");
    state.registry[registryPath("winstations/SelfSignedCertificate")] = { type: "binary", data };
    addEvents(state, "Schannel", 36872, null);
  },
  /** NETWORK SERVICE, and so TermService, may not read the RDP key. */
  "key-permissions-denied": (state) => {
    const { sddl } = rdpKeySecurity(state.system.build);
    editRdpKey(state, { sddl: sddl.replace("(A;;FR;;;NS)", "") });
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  "key-corrupt": (state) => {
    editRdpKey(state, { content: "torn by a failed write", bytes: 1024 });
    addEvents(state, "RemoteConnectionManager", 1057, "Keyset does not exist");
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  "machine-keys-folder-missing": (state) => {
    for (const path of Object.keys(state.files)) {
      if (`${path}\\`.startsWith(`${machineKeysFolder}\\`)) delete state.files[path];
    }
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  "key-missing": (state) => {
    delete state.files[rdpKeyPath(state)];
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  /** A container without a key: SessionEnv can neither open nor create it. */
  "key-container-stale": (state) => {
    editRdpKey(state, { content: emptyContainer, bytes: 44 });
    addEvents(state, "RemoteConnectionManager", 1058, "Object already exists.");
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  /** Hardened by hand: nobody may create a key any more, so that an expired certificate stays. */
  "machine-keys-permissions-broken": (state) => {
    Object.assign(state.files[machineKeysFolder] ?? {}, {
      owner: administratorsSid,
      sddl: "D:PAI(A;;0x1200a9;;;BA)",
    });
    addEvents(state, "RemoteConnectionManager", 1058, "Access is denied.");
  },
  /**
   * The folder's index on the disk is damaged. Existing files open by name, but none can be added, renamed or removed,
   * so neither permissions nor the RDP key alone can be repaired. The folder itself can be renamed, because its name is
   * in another index, and readable files can be copied into a new folder.
   */
  "machine-keys-folder-corrupt": (state) => {
    Object.assign(state.files[machineKeysFolder] ?? {}, { damagedIndex: true });
    editRdpKey(state, { content: "torn by a failed write", bytes: 1024 });
    addEvents(state, "RemoteConnectionManager", 1057, "Keyset does not exist");
    addEvents(state, "Schannel", 36870, keyNotAccessible);
  },
  /** A policy list without any suite for RSA up to TLS 1.2. */
  "cipher-policy-ecdsa-only": setCipherPolicy,
  /** The same, on a Windows that reads the list only at its start. */
  "cipher-policy-needs-restart": (state) => {
    setCipherPolicy(state);
    state.schannel.readsCipherPolicyAt = "boot";
  },
  /** No TLS version is left for servers: those before 1.2 are of no use to clients, and 1.3 is off as well. */
  "tls12-disabled": (state) => {
    setDword(state, "tls12-server/Enabled", 0);
    setDword(state, "tls12-server/DisabledByDefault", 1);
    const tls13 = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.3\\Server";
    state.registry[`${tls13}\\Enabled`] = { type: "dword", data: 0 };
    addEvents(state, "Schannel", 36871, protocolDisabled);
  },
  /** The VM's own client may not use TLS 1.2. Outbound hardening; the listener is not concerned. */
  "own-client-without-tls12": (state) => {
    for (const protocol of ["TLS 1.2", "TLS 1.3"]) {
      const key = `HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\${protocol}\\Client`;
      state.registry[`${key}\\Enabled`] = { type: "dword", data: 0 };
    }
  },
  /** The listener is bound to one network adapter, which exists. */
  "listener-on-one-adapter": (state) => {
    setDword(state, "rdp-tcp/LanAdapter", 2);
    state.lanAdapters = { 2: "10.0.0.4" };
  },
  /** Somebody hardened the store by hand: SYSTEM may not write it, so that an expired certificate stays. */
  "certificate-store-denied": (state) => {
    state.storeWriteDenied = "own";
  },
  "certificate-store-denied-above": (state) => {
    state.storeWriteDenied = "inherited";
  },
  /** The certificate was replaced, and TermService has not restarted since. */
  "former-certificate-presented": (state) => {
    state.presentedSinceStart = { thumbprint: thumbprintOf("the former RDP certificate"), notAfter: "now+9d" };
  },
  /** Beyond what Kerberos tolerates, and beyond the time for which a request is good. */
  "clock-ahead": (state) => {
    state.clockAheadSeconds = 25 * 60;
  },
  "clock-behind": (state) => {
    state.clockAheadSeconds = -86_400;
  },
  /** FIPS mode, which many baselines switch on. */
  "fips-enabled": (state) => setDword(state, "fips/Enabled", 1),
  /** A host with many sessions, on which TermService needs more than two minutes to stop. */
  "termservice-stops-slowly": (state) => {
    Object.assign(state.services.TermService ?? {}, { stopsInSeconds: 150 });
  },
  "rdp-services-stopped": (state) => stop(state, "SessionEnv", "TermService", "UmRdpService"),
  "termservice-disabled": (state) => {
    stop(state, "TermService", "UmRdpService");
    Object.assign(state.services.TermService ?? {}, { startMode: "Disabled" });
  },
  "termservice-hung": (state) => {
    stop(state, "UmRdpService");
    Object.assign(state.services.TermService ?? {}, { state: "Stop Pending", hung: true });
    addEvents(state, "ServiceControlManager", 7022, null);
  },
  /** An account that does not match the process that the service shares, so that the service does not start (1079). */
  "termservice-wrong-account": (state) => {
    stop(state, "TermService", "UmRdpService");
    Object.assign(state.services.TermService ?? {}, { account: "LocalSystem" });
  },
  /** The role is damaged: the key of Remote Desktop and all below it is gone, so the listener is too. */
  "terminal-server-key-missing": (state) => removeKey(state, winStationsKey.replace(/\\WinStations$/, "")),
  "rdp-tcp-key-missing": (state) => removeKey(state, `${winStationsKey}\\RDP-Tcp`),
  /** A number that is no port. What TermService does with it is not measured; here it does not listen. */
  "rdp-port-out-of-range": (state) => setDword(state, "rdp-tcp/PortNumber", 70000),
  "rdp-port-is-text": (state) => {
    state.registry[registryPath("rdp-tcp/PortNumber")] = { type: "string", data: "3390" };
  },
  "remote-desktop-disabled": (state) => setDword(state, "terminal-server/fDenyTSConnections", 1),
  /** No TLS, no NLA, lowest encryption: the result of the built-in "reset the RDP certificate". */
  "security-layer-weak": (state) => {
    setDword(state, "rdp-tcp/SecurityLayer", 0);
    setDword(state, "rdp-tcp/UserAuthentication", 0);
    setDword(state, "rdp-tcp/MinEncryptionLevel", 1);
  },
  /** Values that Windows does not accept, as a mistyped script writes them: the listener agrees with no client. */
  "security-layer-out-of-range": (state) => {
    setDword(state, "rdp-tcp/SecurityLayer", 7);
    setDword(state, "rdp-tcp/MinEncryptionLevel", 9);
  },
  "firewall-group-disabled": (state) => {
    for (const rule of state.firewall.rules) if (rule.group) rule.enabled = false;
  },
  "firewall-blocks-all": (state) => {
    for (const profile of state.firewall.profiles) if (profile.active) profile.blockAll = true;
  },
  "policy-disables-remote-desktop": (state) => setDword(state, "policy/fDenyTSConnections", 1),
  "policy-weakens-security-layer": (state) => {
    setDword(state, "policy/SecurityLayer", 0);
    setDword(state, "policy/UserAuthentication", 0);
  },
  "custom-certificate-ends": (state) => useCustomCertificate(state, "now-355d", "now+10d"),
  "custom-certificate": (state) => useCustomCertificate(state, "now-100d", "now+265d"),
  "custom-certificate-expired": (state) => useCustomCertificate(state, "now-400d", "now-35d"),
  /** A renewal removed it, and the listener is bound to it still. Windows' own certificate serves. */
  "custom-certificate-gone": (state) => {
    const data = thumbprintOf("a custom certificate that is gone");
    state.registry[registryPath("rdp-tcp/SSLCertificateSHA1Hash")] = { type: "binary", data };
    addEvents(state, "RemoteConnectionManager", 1051, null);
  },
  ...platformFaults,
  /** A second WinStation on the RDP port, as some remote-access products leave it behind. */
  "foreign-winstation": (state) => {
    const key = `HKLM\\${winStationsKey}\\ThirdParty-Tcp`;
    state.registry[`${key}\\PortNumber`] = { type: "dword", data: 3389 };
    state.registry[`${key}\\WdName`] = { type: "string", data: "Remote Access Suite 4" };
  },
  /** A busy server: 400 keys, and many certificates that depend on them. No fault by itself. */
  "many-keys": (state) => {
    for (let n = 1; n <= 400; n += 1) {
      state.files[`${machineKeysFolder}\\${keyFileName(`key ${n}`)}`] = foreignKey(`key ${n}`, 1500 + n);
    }
    for (let n = 1; n <= 28; n += 1) {
      const file = keyFileName(`site ${n}`);
      const thumbprint = thumbprintOf(`site ${n}`);
      state.files[`${machineKeysFolder}\\${file}`] = foreignKey(thumbprint, 3400 + n);
      state.certificates.My[thumbprint] = {
        subject: `CN=site-${n}.example.com, O=Example, L=Amsterdam, C=NL`,
        selfSigned: false,
        notBefore: "now-30d",
        notAfter: "now+335d",
        keyAlgorithm: "RSA",
        keySize: 4096,
        keyUsages: ["1.3.6.1.5.5.7.3.1"],
        key: { provider: "Microsoft RSA SChannel Cryptographic Provider", container: `site ${n}`, file },
        usedBy: [`http.sys 0.0.0.0:${8000 + n}`],
      };
    }
  },
  ...logOnFaults,
} as const satisfies Record<string, Edit>;

export type FaultName = keyof typeof edits;
export const faultNames = Object.keys(edits) as FaultName[];
export const FaultName = z.enum(faultNames as [FaultName, ...FaultName[]]);

/** A new state with these faults, applied one after the other. */
export function withFaults(state: WindowsState, names: readonly FaultName[]): WindowsState {
  const broken = copyOf(state);
  for (const name of names) edits[name](broken);
  return broken;
}
