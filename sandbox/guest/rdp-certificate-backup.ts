import { declaredValues } from "../../lib/core/registry-value.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { declaredData, rdpKeyPath } from "./collect.ts";
import {
  fingerprintOf,
  leadTo,
  type Operation,
  pathExists,
  putInPlace,
  type RdpCertificateBackup,
  rdpStore,
} from "./operations.ts";

const pointer = declaredValues["winstations/SelfSignedCertificate"];

/** As it is now. The copy of the key is for the operation to make. */
export function takeRdpCertificateBackup(adapter: WindowsAdapter, copy: string): RdpCertificateBackup {
  const path = rdpKeyPath(adapter);
  return {
    pointer: declaredData(adapter, "winstations/SelfSignedCertificate"),
    certificates: selfSignedBlobs(adapter),
    key: { path, existed: pathExists(adapter, path), fingerprint: fingerprintOf(adapter, path), copy },
  };
}

/** Whatever Windows has made since is its own, and no conflict: it goes, and what was before comes back. */
export function inverseOfBackup(
  adapter: WindowsAdapter,
  { pointer: from, certificates, key }: RdpCertificateBackup,
  aside: () => string,
): Operation[] {
  const present = selfSignedBlobs(adapter);
  const thumbprints = new Set([...Object.keys(present), ...Object.keys(certificates)]);
  const operations: Operation[] = [];
  for (const thumbprint of thumbprints) {
    operations.push(...leadTo(adapter, { kind: "certificate", thumbprint }, certificates[thumbprint] ?? null));
  }
  operations.push(...leadTo(adapter, { kind: "registry-value", key: pointer.key, name: pointer.name }, from));
  return [...operations, ...inverseOfKeyReplacement(adapter, key, aside)];
}

function inverseOfKeyReplacement(
  adapter: WindowsAdapter,
  { path, existed, fingerprint, copy }: RdpCertificateBackup["key"],
  aside: () => string,
): Operation[] {
  if (!existed) return pathExists(adapter, path) ? [{ does: "move", from: path, to: aside() }] : [];
  if (!fingerprint || fingerprintOf(adapter, path) === fingerprint) return [];
  return putInPlace(adapter, copy, path, aside);
}

function selfSignedBlobs(adapter: WindowsAdapter): Record<string, string> {
  const certificates = adapter["Get-StoreCertificates"]({ Store: rdpStore }).filter((one) => one.selfSigned);
  return Object.fromEntries(
    certificates.map(({ thumbprint }) => [
      thumbprint,
      adapter["Get-CertificateBlob"]({ Store: rdpStore, Thumbprint: thumbprint }) ?? "",
    ]),
  );
}
