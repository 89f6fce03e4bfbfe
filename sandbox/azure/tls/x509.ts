import { type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utcTime,
  utf8String,
} from "./der.ts";

/** The contents of a certificate and its signer; an authority signs its own certificate. */
export interface Certified {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  /** RSA, ECDSA or Ed25519. */
  readonly signedWith: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions?: readonly Buffer[];
}

/** One X.509 v3 certificate (RFC 5280, 4.1) as PEM. */
export function issueCertificate(certified: Certified): string {
  const { subject, publicKey, issuer, signedWith, notBefore, notAfter, extensions = [] } = certified;
  const algorithm = algorithms[signedWith.asymmetricKeyType ?? ""];
  if (!algorithm) throw new RangeError(`no algorithm for a key of the type ${signedWith.asymmetricKeyType}`);
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm.identifier,
    commonName(issuer),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [explicit(3, sequence(...extensions))] : []),
  );
  const signature = sign(algorithm.digest, toBeSigned, signedWith);
  const base64 = sequence(toBeSigned, algorithm.identifier, bitString(signature)).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** Signature algorithms, by the type of the signing key; Ed25519 includes its digest. */
const algorithms: Record<string, { identifier: Buffer; digest: string | null }> = {
  ec: { identifier: sequence(objectIdentifier("1.2.840.10045.4.3.2")), digest: "sha256" },
  rsa: { identifier: sequence(objectIdentifier("1.2.840.113549.1.1.11"), Buffer.from([5, 0])), digest: "sha256" },
  ed25519: { identifier: sequence(objectIdentifier("1.3.101.112")), digest: null },
};

function commonName(name: string): Buffer {
  return sequence(setOf(sequence(objectIdentifier("2.5.4.3"), utf8String(name))));
}

export function encodeExtension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}
