import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { implicit, sequence } from "../../sandbox/azure/tls/der.ts";
import { encodeExtension, issueCertificate } from "../../sandbox/azure/tls/x509.ts";

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
  const names = sequence(...dnsNames.map((dnsName) => implicit(2, Buffer.from(dnsName, "latin1"))));
  return {
    cert: issueCertificate({
      subject: commonName,
      publicKey: key.publicKey,
      issuer: commonName,
      signedWith: key.privateKey,
      notBefore,
      notAfter,
      extensions: dnsNames.length > 0 ? [encodeExtension("2.5.29.17", false, names)] : [],
    }),
    key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
