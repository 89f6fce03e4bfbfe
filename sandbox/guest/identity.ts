import { isDeepStrictEqual } from "node:util";
import { declaredValues } from "../../lib/core/registry-value.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { declaredData, rdpKeyPath } from "./collect.ts";
import { type Deed, exists, fingerprintOf, type Identity, putInPlace, rdpStore } from "./deeds.ts";

const pointer = declaredValues["winstations/SelfSignedCertificate"];

/** As it is now. The copy of the key is for the deed to make. */
export function lookAtIdentity(seam: WindowsSeam, copy: string): Identity {
  const path = rdpKeyPath(seam);
  return {
    pointer: declaredData(seam, "winstations/SelfSignedCertificate"),
    certificates: selfSignedBlobs(seam),
    key: { path, existed: exists(seam, path), fingerprint: fingerprintOf(seam, path), copy },
  };
}

/** Whatever Windows has made since is its own, and no conflict: it goes, and what was before comes back. */
export function wayBackToIdentity(
  seam: WindowsSeam,
  { pointer: from, certificates, key }: Identity,
  aside: () => string,
): Deed[] {
  const present = selfSignedBlobs(seam);
  const thumbprints = new Set([...Object.keys(present), ...Object.keys(certificates)]);
  const deeds: Deed[] = [];
  for (const thumbprint of thumbprints) {
    const [now, before] = [present[thumbprint] ?? null, certificates[thumbprint] ?? null];
    if (now !== before) deeds.push({ does: "certificate", thumbprint, from: now, to: before });
  }
  const pointsTo = declaredData(seam, "winstations/SelfSignedCertificate");
  if (!isDeepStrictEqual(pointsTo, from)) {
    deeds.push({ does: "registry", key: pointer.key, name: pointer.name, from: pointsTo, to: from });
  }
  return [...deeds, ...wayBackToKey(seam, key, aside)];
}

function wayBackToKey(
  seam: WindowsSeam,
  { path, existed, fingerprint, copy }: Identity["key"],
  aside: () => string,
): Deed[] {
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
