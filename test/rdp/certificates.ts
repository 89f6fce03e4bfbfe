import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utcTime,
  utf8String,
} from "../../sandbox/azure/der.ts";

/** What a TLS server needs, PEM. */
export interface SelfSigned {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  readonly key: KeyPair;
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const ecKey: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const rsaKey: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ed25519Key: KeyPair = generateKeyPairSync("ed25519");

const day = 86_400_000;

/** A certificate that signs itself, as Windows makes it for Remote Desktop. */
export function selfSigned({
  key,
  commonName = "vm-app-01",
  dnsNames = [],
  notBefore = new Date(Date.now() - day),
  notAfter = new Date(Date.now() + 180 * day),
}: Wanted): SelfSigned {
  const algorithm = algorithms[key.publicKey.asymmetricKeyType ?? ""];
  if (!algorithm) throw new Error("no algorithm for this key");
  const name = sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));
  const names = octetString(sequence(...dnsNames.map((dnsName) => implicit(2, Buffer.from(dnsName, "latin1")))));
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm.identifier,
    name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name,
    key.publicKey.export({ type: "spki", format: "der" }),
    ...(dnsNames.length > 0 ? [explicit(3, sequence(sequence(objectIdentifier("2.5.29.17"), names)))] : []),
  );
  const signature = sign(algorithm.digest, toBeSigned, key.privateKey);
  const der = sequence(toBeSigned, algorithm.identifier, bitString(signature));
  const base64 = der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const algorithms: Record<string, { identifier: Buffer; digest: string | null }> = {
  ec: { identifier: sequence(objectIdentifier("1.2.840.10045.4.3.2")), digest: "sha256" },
  rsa: { identifier: sequence(objectIdentifier("1.2.840.113549.1.1.11"), Buffer.from([5, 0])), digest: "sha256" },
  ed25519: { identifier: sequence(objectIdentifier("1.3.101.112")), digest: null },
};
