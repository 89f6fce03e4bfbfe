import { isDeepStrictEqual } from "node:util";
import { declaredValues } from "../../lib/core/registry-value.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { declaredData, rdpKeyPath } from "./collect.ts";
import {
  exists,
  fingerprintOf,
  type Operation,
  putInPlace,
  type RdpCertificateBackup,
  rdpStore,
} from "./operations.ts";

const pointer = declaredValues["winstations/SelfSignedCertificate"];

/** As it is now. The copy of the key is for the operation to make. */
export function takeRdpCertificateBackup(seam: WindowsSeam, copy: string): RdpCertificateBackup {
  const path = rdpKeyPath(seam);
  return {
    pointer: declaredData(seam, "winstations/SelfSignedCertificate"),
    certificates: selfSignedBlobs(seam),
    key: { path, existed: exists(seam, path), fingerprint: fingerprintOf(seam, path), copy },
  };
}

/** Whatever Windows has made since is its own, and no conflict: it goes, and what was before comes back. */
export function inverseOfBackup(
  seam: WindowsSeam,
  { pointer: from, certificates, key }: RdpCertificateBackup,
  aside: () => string,
): Operation[] {
  const present = selfSignedBlobs(seam);
  const thumbprints = new Set([...Object.keys(present), ...Object.keys(certificates)]);
  const operations: Operation[] = [];
  for (const thumbprint of thumbprints) {
    const [now, before] = [present[thumbprint] ?? null, certificates[thumbprint] ?? null];
    if (now !== before) operations.push({ does: "certificate", thumbprint, from: now, to: before });
  }
  const pointsTo = declaredData(seam, "winstations/SelfSignedCertificate");
  if (!isDeepStrictEqual(pointsTo, from)) {
    operations.push({ does: "registry", key: pointer.key, name: pointer.name, from: pointsTo, to: from });
  }
  return [...operations, ...wayBackToKey(seam, key, aside)];
}

function wayBackToKey(
  seam: WindowsSeam,
  { path, existed, fingerprint, copy }: RdpCertificateBackup["key"],
  aside: () => string,
): Operation[] {
  if (!existed) return exists(seam, path) ? [{ does: "move", from: path, to: aside() }] : [];
  if (!fingerprint || fingerprintOf(seam, path) === fingerprint) return [];
  return putInPlace(seam, copy, path, aside);
}

function selfSignedBlobs(seam: WindowsSeam): Record<string, string> {
  const certificates = seam["Get-StoreCertificates"]({ Store: rdpStore }).filter((one) => one.selfSigned);
  return Object.fromEntries(
    certificates.map(({ thumbprint }) => [
      thumbprint,
      seam["Get-CertificateBlob"]({ Store: rdpStore, Thumbprint: thumbprint }) ?? "",
    ]),
  );
}
