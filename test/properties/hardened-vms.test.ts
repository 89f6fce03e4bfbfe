import { expect, test } from "vitest";
import { type RegistryData, type RegistryValueId, registryPath } from "../../lib/core/registry-value.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { collect } from "../../sandbox/guest/collect.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { windowsOf } from "../../sandbox/windows-state.ts";
import { readWorld } from "../fixtures/sandbox-service.ts";
import { evidenceOf, findingsOf } from "../guest/remedied.ts";
import { rigTime } from "../guest/scenarios-rig.ts";

/*
 * VMs as their owners run them: hardened, with products, ports, certificates and policies of their own. Remote Desktop works
 * on each, so a repair that nobody has told what to do finds no fault and plans nothing.
 */

const dword = (data: number): RegistryData => ({ type: "dword", data });
const text = (data: string): RegistryData => ({ type: "string", data });
const protocols = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";

function set(state: WindowsState, values: Partial<Record<RegistryValueId, RegistryData | null>>): void {
  for (const [id, data] of Object.entries(values)) {
    const path = registryPath(id as RegistryValueId);
    if (data) state.registry[path] = data;
    else delete state.registry[path];
  }
}

function turnOff(state: WindowsState, ...names: string[]): void {
  for (const name of names) state.registry[`${protocols}\\${name}\\Server\\Enabled`] = dword(0);
}

/** The rules of Windows are off, and one of the owner's lets clients in. */
function ownRule(
  state: WindowsState,
  port: string,
  more: Partial<WindowsState["firewall"]["rules"][number]> = {},
): void {
  const { rules } = state.firewall;
  const [first] = rules;
  if (!first) throw new Error("A healthy Windows has rules.");
  const own = { ...structuredClone(first), name: "Own", group: false, localPorts: [port], ...more };
  for (const rule of rules) rule.enabled = false;
  rules.push(own);
}

function rdpKey({ files }: WindowsState) {
  const [, file] =
    Object.entries(files).find(([path]) => path.startsWith(`${machineKeysFolder}\\${rdpKeyPrefix}`)) ?? [];
  if (!file) throw new Error("A healthy Windows has the key.");
  return file;
}

const vms: [string, string, (state: WindowsState) => void][] = [
  [
    "a server hardened by a benchmark: policies for TLS, NLA and NTLM, old protocols off",
    "healthy",
    (state) => {
      set(state, {
        "policy/SecurityLayer": dword(2),
        "policy/UserAuthentication": dword(1),
        "policy/MinEncryptionLevel": dword(3),
        "policy/fDenyTSConnections": dword(0),
        "lsa/LmCompatibilityLevel": dword(5),
        "credssp/AllowEncryptionOracle": dword(0),
        "kerberos/SupportedEncryptionTypes": dword(2147483640),
      });
      turnOff(state, "SSL 3.0", "TLS 1.0", "TLS 1.1");
    },
  ],
  [
    "another port, with a rule of the owner's",
    "healthy",
    (state) => {
      set(state, { "rdp-tcp/PortNumber": dword(3390) });
      ownRule(state, "3390");
    },
  ],
  [
    "a third-party firewall, which has turned the profiles of Windows off",
    "healthy",
    (state) => {
      for (const profile of state.firewall.profiles) profile.enabled = false;
      for (const rule of state.firewall.rules) rule.enabled = false;
      state.products.security = ["CSFalconService"];
      state.products.filters = ["own_filter"];
    },
  ],
  [
    "a certificate of a CA, another port, and inheritance off on the folder of keys",
    "custom-certificate",
    (state) => {
      set(state, { "rdp-tcp/PortNumber": dword(13389) });
      ownRule(state, "13000-14000");
      Object.assign(state.files[machineKeysFolder] ?? {}, { sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" });
    },
  ],
  [
    "a virtual desktop agent with a library of its own in TermService, and many sessions",
    "termservice-foreign-library-works",
    (state) => {
      state.sessions = { active: 40, disconnected: 12 };
      state.products.filters = ["own_filter"];
      state.foreignListeners = [{ port: 2598, process: "agent.exe", services: ["OwnAgent"] }];
    },
  ],
  [
    "a session host with licences per user, a limit of sessions and no NLA for thin clients",
    "multi-session",
    (state) => {
      state.sessions = { active: 3, disconnected: 1 };
      set(state, { "rdp-tcp/MaxInstanceCount": dword(50), "rdp-tcp/UserAuthentication": dword(0) });
    },
  ],
  [
    "rules of group policy alone, for the networks of the company",
    "domain-member",
    (state) => {
      ownRule(state, "3389", {
        managedBy: "policy",
        remoteAddresses: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      });
      for (const profile of state.firewall.profiles) Object.assign(profile, { managedBy: "policy" });
    },
  ],
  [
    "inbound allowed by default, and no rules",
    "healthy",
    (state) => {
      for (const profile of state.firewall.profiles) profile.defaultInbound = "Allow";
      state.firewall.rules = [];
    },
  ],
  [
    "a policy with a list of suites and one curve",
    "healthy",
    (state) => {
      const list = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
      set(state, {
        "cipher-policy/Functions": text(list),
        "cipher-policy/EccCurves": { type: "multi-string", data: ["NistP384"] },
      });
      state.schannel.policyInEffect = list.split(",");
    },
  ],
  [
    "the redirection of devices disabled",
    "healthy",
    ({ services }) => {
      Object.assign(services.UmRdpService ?? {}, { state: "Stopped", startMode: "Disabled" });
    },
  ],
  [
    "deny entries for guests on the key and its folder, and another owner",
    "healthy",
    (state) => {
      Object.assign(state.files[machineKeysFolder] ?? {}, {
        owner: "S-1-5-32-544",
        sddl: "D:PAI(D;OICI;FA;;;BG)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x12019f;;;WD)",
      });
      Object.assign(rdpKey(state), { sddl: "D:PAI(D;;FA;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)" });
    },
  ],
  [
    "no location awareness: the profile in use cannot be read",
    "healthy",
    (state) => {
      state.firewall.profileUnread = "The service cannot be started.";
    },
  ],
  [
    "negotiation of the security layer and low encryption for old clients",
    "healthy",
    (state) => {
      set(state, {
        "rdp-tcp/SecurityLayer": dword(1),
        "rdp-tcp/UserAuthentication": dword(0),
        "rdp-tcp/MinEncryptionLevel": dword(1),
      });
    },
  ],
  [
    "Remote Desktop switched on by policy alone",
    "domain-member",
    (state) => {
      set(state, { "terminal-server/fDenyTSConnections": dword(1), "policy/fDenyTSConnections": dword(0) });
    },
  ],
  [
    "FIPS demanded, with the encryption level that goes with it",
    "windows-server-2025",
    (state) => {
      set(state, { "fips/Enabled": dword(1), "rdp-tcp/MinEncryptionLevel": dword(4) });
      turnOff(state, "SSL 3.0", "TLS 1.0", "TLS 1.1");
    },
  ],
  [
    "TLS 1.3 alone",
    "windows-server-2025",
    (state) => {
      turnOff(state, "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2");
    },
  ],
  [
    "TLS 1.3 alone, switched on by name and not for clients of old protocols, with suites for it alone",
    "healthy",
    (state) => {
      turnOff(state, "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2");
      state.registry[`${protocols}\\TLS 1.3\\Server\\Enabled`] = dword(1);
      const list = "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256";
      set(state, { "cipher-policy/Functions": text(list) });
      state.schannel.policyInEffect = list.split(",");
    },
  ],
  [
    "a clock three minutes ahead, a static address, and a restart that is pending",
    "static-addresses-of-azure",
    (state) => {
      state.clockAheadSeconds = 180;
      state.system.pendingReboot = true;
    },
  ],
];

test.each(vms)("%s: nothing is planned", (_, world, edit) => {
  const [vm] = readWorld(world).vms;
  if (vm?.osType !== "Windows") throw new Error("It is a world of Windows.");
  const state = windowsOf(vm);
  edit(state);
  const guest = collect(simulateWindows(state, { now: () => rigTime }).startProcess().adapter);
  expect(guest.handshake).toMatchObject({ result: "completed" });
  const evidence = evidenceOf(guest);
  const findings = findingsOf(evidence);
  const faulty = findings.filter(({ verdict }) => verdict === "faulty");
  expect(faulty.map(({ check, because }) => `${check}: ${because}`)).toEqual([]);
  expect(planRepair(evidence, findings, { force: false })).toMatchObject({ ok: true, value: { changes: [] } });
});
