import { createHash } from "node:crypto";
import { fileRead, fileWrite, grantsAccess } from "../../lib/core/sddl.ts";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import { accessDenied, asSystem, demandRoom } from "./access.ts";
import { machineKeysSecurity, rdpKeySecurity } from "./builds.ts";
import { emptyContainer, keyFault, keyOf } from "./certificates.ts";
import { logEvent } from "./events.ts";
import { type Machine, rdpKeyName, rdpKeyPath, registryValue, setRegistryValue } from "./machine.ts";

const validDays = 182;
const everyone = "S-1-1-0";
const diskFull = "There is not enough space on the disk.";

/**
 * What SessionEnv does when it starts: it checks the self-signed certificate, and makes a key and a certificate when
 * there is none, when it has expired, or when its key does not open. It then replaces the certificate that its pointer
 * names. A failure is logged as 1057 or 1058, and the old certificate and key stay unchanged. [EV]
 */
export function renewSelfSignedCertificate(machine: Machine): void {
  if (registryValue(machine, "rdp-tcp/SSLCertificateSHA1Hash")) return;
  const store = machine.state.certificates["Remote Desktop"];
  const pointer = registryValue(machine, "winstations/SelfSignedCertificate");
  const old = pointer?.type === "binary" ? pointer.data : "";
  const present = store[old];
  // An enrolled certificate is renewed by its owner.
  if (present && !present.selfSigned) return;
  const valid = present && Date.parse(present.notAfter) > machine.now().getTime();
  if (valid && keyFault(machine, old, present, asSystem) === null) return;

  // Which event Windows logs then is not measured.
  if (machine.state.storeWriteDenied !== null) return void refuse(machine, 1058, accessDenied);
  const thumbprint = nextThumbprint(machine);
  if (!makeKey(machine, keyOf(thumbprint), present?.key?.container === "TSSecKeySet1")) return;
  machine.state.certificatesMade += 1;
  delete store[old];
  store[thumbprint] = {
    subject: `CN=${machine.state.system.computerName}`,
    selfSigned: true,
    notBefore: machine.now().toISOString(),
    notAfter: new Date(machine.now().getTime() + validDays * 86_400_000).toISOString(),
    keyAlgorithm: "RSA",
    keySize: 2048,
    keyUsages: ["1.3.6.1.5.5.7.3.1"],
    key: {
      provider: "Microsoft Enhanced Cryptographic Provider v1.0",
      container: "TSSecKeySet1",
      file: rdpKeyName(machine),
    },
    usedBy: [],
  };
  setRegistryValue(machine, "winstations/SelfSignedCertificate", { type: "binary", data: thumbprint });
}

function nextThumbprint({ state }: Machine): string {
  return createHash("sha1")
    .update(`${state.system.machineGuid} ${state.certificatesMade + 1}`)
    .digest("hex")
    .toUpperCase();
}

/**
 * Makes a new key in the container of Remote Desktop; `false`, with an event, when Windows could not make it.
 * `isRecorded`: a certificate in the store records this container. Where its key file alone is gone, that entry is in the
 * way (Azure/repair-script-library, win-fix-rdp-certificate.ps1: asserted, not measured).
 */
function makeKey(machine: Machine, content: string, isRecorded: boolean): boolean {
  const { files, system } = machine.state;
  const path = rdpKeyPath(machine);
  const present = files[path];
  if (system.freeDiskMb === 0) return refuse(machine, 1058, diskFull);
  if (!present) {
    const isOrphan = isRecorded && files[machineKeysFolder] !== undefined;
    // The services create a missing folder again; measured on live VMs.
    files[machineKeysFolder] ??= {
      folder: true,
      content: "",
      ...machineKeysSecurity,
      reparsePoint: false,
      damagedIndex: false,
    };
    try {
      demandRoom(machine.state, path, "file");
    } catch (error) {
      return refuse(machine, 1058, error instanceof Error ? error.message : accessDenied);
    }
    if (isOrphan) return refuse(machine, 1058, "Object already exists.");
    const isHardened = !grantsAccess(files[machineKeysFolder].sddl, [everyone], fileRead | fileWrite);
    files[path] = {
      folder: false,
      content,
      bytes: 2267,
      ...rdpKeySecurity(system.build, isHardened ? "hardened" : "default"),
      reparsePoint: false,
      damagedIndex: false,
    };
    return true;
  }
  // Windows treats a container that does not open as missing; then it fails because the file exists.
  if (!grantsAccess(present.sddl, asSystem, fileRead)) return refuse(machine, 1058, "Object already exists.");
  if (present.content === emptyContainer) return refuse(machine, 1058, "Object already exists.");
  if (!present.content.startsWith(keyOf(""))) return refuse(machine, 1057, "Keyset does not exist");
  if (!grantsAccess(present.sddl, asSystem, fileWrite)) return refuse(machine, 1058, accessDenied);
  present.content = content;
  return true;
}

function refuse(machine: Machine, id: 1057 | 1058, status: string): false {
  logEvent(machine, "RemoteConnectionManager", id, status);
  return false;
}
