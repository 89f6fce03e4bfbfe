import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { bitString, boolean, implicit, objectIdentifier, octetString, sequence } from "./der.ts";
import { encodeExtension, issueCertificate } from "./x509.ts";

/** Key and certificate of a TLS server, and the authority that its clients must trust, all PEM. */
export interface ServerCertificate {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const validFor = 30 * 86_400_000;

/**
 * Creates a certificate authority and one certificate for 127.0.0.1 and localhost. Both are valid from 30 days before
 * to 30 days after `now`.
 */
export function makeServerCertificate(now: Date): ServerCertificate {
  const authority = makeSubject("RDP Remediation sandbox CA");
  const server = makeSubject("localhost");
  return {
    caPem: certifyBy(authority, authority, now, [
      encodeExtension("2.5.29.19", true, sequence(boolean(true))),
      encodeExtension("2.5.29.15", true, bitString(Buffer.from([0b0000_0110]), 1)),
      encodeExtension("2.5.29.14", false, octetString(keyIdentifier(authority))),
    ]),
    certificatePem: certifyBy(authority, server, now, [
      encodeExtension("2.5.29.19", true, sequence()),
      encodeExtension("2.5.29.15", true, bitString(Buffer.from([0b1000_0000]), 7)),
      encodeExtension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      encodeExtension(
        "2.5.29.17",
        false,
        sequence(implicit(2, Buffer.from("localhost")), implicit(7, Buffer.from([127, 0, 0, 1]))),
      ),
      encodeExtension("2.5.29.14", false, octetString(keyIdentifier(server))),
      // Python's ssl, which az uses, rejects a chain without this extension since version 3.13.
      encodeExtension("2.5.29.35", false, sequence(implicit(0, keyIdentifier(authority)))),
    ]),
    keyPem: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function makeSubject(name: string): Subject {
  return { name, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}

function certifyBy(issuer: Subject, { name, publicKey }: Subject, now: Date, extensions: readonly Buffer[]): string {
  return issueCertificate({
    subject: name,
    publicKey,
    issuer: issuer.name,
    signedWith: issuer.privateKey,
    notBefore: new Date(now.getTime() - validFor),
    notAfter: new Date(now.getTime() + validFor),
    extensions,
  });
}

function keyIdentifier({ publicKey }: Subject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}
