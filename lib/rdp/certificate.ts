import type { KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { PeerCertificate } from "./report.ts";

const mostNames = 64;
const longestText = 512;

/** The fields of a certificate. It is not verified, and fields that cannot be read are left out. */
export function readCertificate(certificate: X509Certificate, host: string): PeerCertificate {
  const key = attempt(() => certificate.publicKey);
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    names: readNames(certificate.subjectAltName),
    forHost: (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined,
    selfSigned: key !== null && certificate.checkIssued(certificate) && attempt(() => certificate.verify(key)) === true,
    notBefore: readDate(certificate.validFrom),
    notAfter: readDate(certificate.validTo),
    key: { type: key?.asymmetricKeyType ?? "unknown", bits: key && keyBits(key) },
    sha1: thumbprint(certificate.fingerprint),
    sha256: thumbprint(certificate.fingerprint256),
  };
}

/** Node.js gives one part of a name in each line. */
function nameText(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ").slice(0, longestText);
}

/** The names of a list like `DNS:a, IP Address:127.0.0.1, DNS:"b, c"`: Node.js quotes as JSON what holds a comma. */
function readNames(list: string | undefined): string[] {
  const found = (list ?? "").matchAll(/(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...found].slice(0, mostNames).map(([, , name = ""]) => name.slice(0, longestText));
}

function readDate(text: string): string | null {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return null;
  const iso = date.toISOString();
  // A year beyond 9999 is written with a sign and six digits.
  return iso.length === 24 ? iso : null;
}

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

function keyBits({ asymmetricKeyDetails }: KeyObject): number | null {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  return modulusLength ?? curveBits[namedCurve ?? ""] ?? null;
}

/** OpenSSL throws for keys and signatures that it does not know. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** As Windows writes it. */
function thumbprint(fingerprint: string): string {
  return fingerprint.replaceAll(":", "");
}
