import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utcTime,
  utf8String,
} from "./der.ts";

/** What a TLS server needs, and the authority that a client has to trust, all PEM. */
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

const ecdsaWithSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const validFor = 30 * 86_400_000;

/** A certificate authority of its own and one certificate for 127.0.0.1 and localhost, good for 30 days either side of `now`. */
export function makeServerCertificate(now: Date): ServerCertificate {
  const authority = makeSubject("RDP Remediation sandbox CA");
  const server = makeSubject("localhost");
  return {
    caPem: certify(authority, authority, now, [
      extension("2.5.29.19", true, sequence(boolean(true))),
      extension("2.5.29.15", true, bitString(Buffer.from([0b0000_0110]), 1)),
      extension("2.5.29.14", false, octetString(keyIdentifier(authority))),
    ]),
    certificatePem: certify(server, authority, now, [
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.15", true, bitString(Buffer.from([0b1000_0000]), 7)),
      extension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      extension(
        "2.5.29.17",
        false,
        sequence(implicit(2, Buffer.from("localhost")), implicit(7, Buffer.from([127, 0, 0, 1]))),
      ),
      extension("2.5.29.14", false, octetString(keyIdentifier(server))),
      // Python's ssl, which az uses, refuses a chain without it from 3.13 on.
      extension("2.5.29.35", false, sequence(implicit(0, keyIdentifier(authority)))),
    ]),
    keyPem: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function makeSubject(name: string): Subject {
  return { name, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}

/** One X.509 v3 certificate (RFC 5280, 4.1) as PEM. */
function certify(subject: Subject, issuer: Subject, now: Date, extensions: Buffer[]): string {
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(utcTime(new Date(now.getTime() - validFor)), utcTime(new Date(now.getTime() + validFor))),
    commonName(subject),
    publicKeyOf(subject),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, issuer.privateKey);
  const base64 = sequence(toBeSigned, ecdsaWithSha256, bitString(signature)).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function commonName(subject: Subject): Buffer {
  return sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(subject.name))));
}

function publicKeyOf(subject: Subject): Buffer {
  return subject.publicKey.export({ type: "spki", format: "der" });
}

function keyIdentifier(subject: Subject): Buffer {
  return createHash("sha1").update(publicKeyOf(subject)).digest();
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}
