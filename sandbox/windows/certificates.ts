import { CertificateFacts } from "../../lib/core/guest-evidence.ts";
import { fileRead, grantsAccess } from "../../lib/core/sddl.ts";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import { accessDenied, asSystem } from "./access.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { cngKeysFolder } from "./files.ts";
import { type Machine, registryNumber, registryValue } from "./machine.ts";
import { type CertificateState, WindowsState } from "./state.ts";

type StoreName = CertificateFacts["store"];

/** The content of a key file: the key of one certificate, or of one container without a certificate. */
export function keyOf(owner: string): string {
  return `key of ${owner}`;
}

/** The content of a key file when its container was created but its key never was. */
export const emptyContainer = "container without key";

/** The store with this name; throws for a name that Windows does not have. */
function storeOf({ state }: Machine, store: string): Record<string, CertificateState> {
  return state.certificates[CertificateFacts.shape.store.parse(store)];
}

/** Windows' error message and its HRESULT. */
interface KeyFault {
  error: string;
  code: string;
}

const noKeyset: KeyFault = { error: "Keyset does not exist", code: "0x80090016" };

/** The path of a certificate's key file: CryptoAPI's in MachineKeys, CNG's in another folder. [KS] */
function keyPath({ key }: Pick<CertificateState, "key">): string | null {
  if (!key?.file) return null;
  return key.provider === cngProvider ? `${cngKeysFolder}\\${key.file}` : `${machineKeysFolder}\\${key.file}`;
}

const cngProvider = "Microsoft Software Key Storage Provider";

/** The error when this trustee opens the key of a certificate and signs with it; `null` when that works. */
export function keyFault(
  { state }: Machine,
  thumbprint: string,
  { key }: CertificateState,
  holders: readonly string[],
): KeyFault | null {
  if (!key) return { error: "Cannot find the certificate and private key for decryption.", code: "0x8009200C" };
  const path = keyPath({ key });
  // Stored where the simulator has no files, e.g. in a device.
  if (path === null) return null;
  const file = state.files[path];
  if (!file) return noKeyset;
  if (!grantsAccess(file.sddl, holders, fileRead)) return { error: accessDenied, code: "0x80070005" };
  if (file.content === keyOf(thumbprint)) return null;
  return file.content.startsWith(keyOf("")) ? { error: "Bad Key.", code: "0x80090003" } : noKeyset;
}

/**
 * The certificate that the listener would present; `null` when no pointer leads to one. A custom certificate takes
 * precedence.
 */
export function presentedCertificate(machine: Machine): { thumbprint: string; certificate: CertificateState } | null {
  for (const [pointer, store] of [
    ["rdp-tcp/SSLCertificateSHA1Hash", "My"],
    ["winstations/SelfSignedCertificate", "Remote Desktop"],
  ] as const) {
    const value = registryValue(machine, pointer);
    if (value?.type !== "binary") continue;
    const certificate = machine.state.certificates[store][value.data];
    if (certificate) return { thumbprint: value.data, certificate };
  }
  return null;
}

function facts(
  machine: Machine,
  store: StoreName,
  thumbprint: string,
  certificate: CertificateState,
): CertificateFacts {
  const { key, usedBy: _, ...rest } = certificate;
  const fault = keyFault(machine, thumbprint, certificate, asSystem);
  // A container that does not exist has no file name to report.
  const isLegacy = key?.provider !== cngProvider;
  const keyFile = isLegacy && key?.file ? machine.state.files[`${machineKeysFolder}\\${key.file}`] : undefined;
  // FIPS forbids the hash that gives a file its name: then only a key that opens tells it, and that of the RDP key, which
  // is known. (MD5CryptoServiceProvider, learn.microsoft.com)
  const isTold = registryNumber(machine, "fips/Enabled", 0) === 0 || key?.container === "TSSecKeySet1" || !fault;
  const file = keyFile && key && isTold ? key.file : null;
  return {
    ...rest,
    thumbprint,
    store,
    key: {
      present: key !== null,
      provider: key?.provider ?? null,
      container: key?.container ?? null,
      file,
      usable: fault === null,
      error: fault?.error ?? null,
      code: fault?.code ?? null,
    },
  };
}

/** @throws when an entry of the store's key denies SYSTEM to write. */
function demandWritable({ state }: Machine, store: string): void {
  if (store === "Remote Desktop" && state.storeWriteDenied !== null) throw new Error(accessDenied);
}

type CertificateFunctions = Pick<
  WindowsAdapter,
  | "Get-CertificateOrigin"
  | "Get-StoreDenials"
  | "Get-StoreCertificates"
  | "Get-CertificateUsers"
  | "Get-CertificateKeyPath"
  | "Get-CertificateBlob"
  | "Remove-StoreCertificate"
  | "Set-CertificateBlob"
>;

const policyTemplate = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\CertTemplateName";

export function certificateFunctions(machine: Machine): CertificateFunctions {
  return {
    "Get-CertificateOrigin": () => {
      if (machine.state.registry[policyTemplate]) return "policy";
      if (registryValue(machine, "rdp-tcp/SSLCertificateSHA1Hash")) return "custom";
      return presentedCertificate(machine) ? "self-signed" : "invalid";
    },
    "Get-StoreDenials": ({ Store }) => {
      const { storeWriteDenied } = machine.state;
      if (Store !== "Remote Desktop" || storeWriteDenied === null) return [];
      const key = `SOFTWARE\\Microsoft\\SystemCertificates\\${Store}`;
      return [{ key, inherited: storeWriteDenied === "inherited" }];
    },
    "Get-StoreCertificates": ({ Store }) =>
      Object.entries(storeOf(machine, Store)).map(([thumbprint, certificate]) =>
        facts(machine, Store, thumbprint, certificate),
      ),
    "Get-CertificateUsers": ({ Thumbprint }) => {
      const { My, WebHosting } = machine.state.certificates;
      return (My[Thumbprint] ?? WebHosting[Thumbprint])?.usedBy ?? [];
    },
    "Get-CertificateKeyPath": ({ Store, Thumbprint }) => {
      const certificate = storeOf(machine, Store)[Thumbprint];
      const path = certificate && keyPath(certificate);
      return path && machine.state.files[path] ? path : null;
    },
    "Get-CertificateBlob": ({ Store, Thumbprint }) => {
      const certificate = storeOf(machine, Store)[Thumbprint];
      return certificate ? Buffer.from(JSON.stringify(certificate)).toString("base64") : null;
    },
    // The key stays, as in Windows.
    "Remove-StoreCertificate": ({ Store, Thumbprint }) => {
      const store = storeOf(machine, Store);
      demandWritable(machine, Store);
      if (!store[Thumbprint]) throw new Error(`There is no certificate ${Thumbprint} in ${Store}.`);
      delete store[Thumbprint];
      return null;
    },
    "Set-CertificateBlob": ({ Store, Thumbprint, Blob }) => {
      demandWritable(machine, Store);
      const json = JSON.parse(Buffer.from(Blob, "base64").toString());
      storeOf(machine, Store)[Thumbprint] = WindowsState.shape.certificates.shape.My.valueType.parse(json);
      return null;
    },
  };
}
