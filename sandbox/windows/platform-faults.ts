import type { Edit } from "./edit.ts";
import type { WindowsState } from "./state.ts";

/*
 * Faults of what Remote Desktop stands on: services, libraries, the disk, the network inside Windows. Each edits the
 * given state, as those of faults.ts.
 */

const serviceDll = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\ServiceDll";
const wrapper = "C:\\Program Files\\Many Sessions\\manysessions.dll";

function disable(state: WindowsState, name: "CryptSvc" | "KeyIso"): void {
  Object.assign(state.services[name] ?? {}, { state: "Stopped", startMode: "Disabled" });
  const keyNotAccessible = "server 0x8009030D 10001";
  state.events.push({ provider: "Schannel", id: 36870, status: keyNotAccessible, count: 3, last: "now-2h" });
}

export const platformFaults = {
  /** Without CryptSvc no certificate is served. */
  "cryptsvc-disabled": (state) => disable(state, "CryptSvc"),
  /** Without KeyIso no private key opens. */
  "keyiso-disabled": (state) => disable(state, "KeyIso"),
  /** A program put its library in the place of Windows' own, and a virus scanner removed the file. */
  "termservice-library-gone": (state) => {
    state.registry[serviceDll] = { type: "expand-string", data: wrapper };
    for (const name of ["TermService", "UmRdpService"] as const) {
      Object.assign(state.services[name] ?? {}, { state: "Stopped" });
    }
    Object.assign(state.services.TermService ?? {}, { exitCode: 126 });
    state.events.push({
      provider: "ServiceControlManager",
      id: 7023,
      status: "TermService 126",
      count: 4,
      last: "now-1h",
    });
  },
  /** The certificate has expired, and there is no room for a new key. */
  "disk-full": (state) => {
    state.system.freeDiskMb = 0;
    for (const certificate of Object.values(state.certificates["Remote Desktop"])) {
      Object.assign(certificate, { notBefore: "now-190d", notAfter: "now-3d" });
    }
    state.events.push({
      provider: "RemoteConnectionManager",
      id: 1058,
      status: "There is not enough space on the disk.",
      count: 9,
      last: "now-2h",
    });
  },
} as const satisfies Record<string, Edit>;
