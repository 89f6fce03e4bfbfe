import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCertificate } from "../../lib/rdp/certificate.ts";
import { PeerCertificate } from "../../lib/rdp/report.ts";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";
import { ecKey, ed25519Key, rsaKey, selfSigned, type Wanted } from "./certificates.ts";

function read(wanted: Wanted, host = "vm-app-01"): PeerCertificate {
  return PeerCertificate.parse(readCertificate(new X509Certificate(selfSigned(wanted).cert), host));
}

test.each([
  [ecKey, { type: "ec", bits: 256 }],
  [rsaKey, { type: "rsa", bits: 2048 }],
  [ed25519Key, { type: "ed25519", bits: null }],
])("the key", (key, told) => {
  expect(read({ key })).toMatchObject({ key: told, selfSigned: true });
});

describe("whom it is for", () => {
  test.each([
    ["vm-app-01", [], "vm-app-01", true],
    ["vm-app-01", [], "other", false],
    ["vm-app-01", ["*.corp.example"], "vm.corp.example", true],
    // Names take the place of the common name.
    ["vm-app-01", ["vm.example"], "vm-app-01", false],
    ["10.0.0.4", [], "10.0.0.4", false],
  ])("%s %j asked as %s: %s", (commonName, dnsNames, host, forHost) => {
    expect(read({ key: ecKey, commonName, dnsNames }, host)).toMatchObject({ names: dnsNames, forHost });
  });

  test("an address, where it names one", () => {
    const { certificatePem } = makeServerCertificate(new Date());
    const certificate = new X509Certificate(certificatePem);
    expect(readCertificate(certificate, "127.0.0.1")).toMatchObject({
      names: ["localhost", "127.0.0.1"],
      forHost: true,
      selfSigned: false,
    });
    expect(readCertificate(certificate, "127.0.0.2").forHost).toBe(false);
  });
});

describe("what a hostile server may present", () => {
  test("names with commas, quotes and escape codes stay one name each", () => {
    const dnsNames = ["a, DNS:b", 'say "no"', "\u001b[31mred", "plain"];
    const { names } = read({ key: ecKey, dnsNames });
    expect(names).toHaveLength(4);
    expect(names[3]).toBe("plain");
  });

  test("two thousand names are sixty-four", () => {
    const dnsNames = Array.from({ length: 2_000 }, (_, i) => `host-${i}`);
    expect(read({ key: ecKey, dnsNames }).names).toHaveLength(64);
  });

  test("a subject of 10,000 letters is cut", () => {
    expect(read({ key: ecKey, commonName: "x".repeat(10_000) }).subject).toHaveLength(512);
  });

  test("no names break the shape of the report", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 80 }),
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }),
        (commonName, dnsNames) => {
          read({ key: ecKey, commonName, dnsNames });
        },
      ),
      { numRuns: 100 },
    );
  });
});
