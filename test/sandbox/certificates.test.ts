import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";
import { startSimulatedAzure } from "./simulated-azure.ts";

test("the server's certificate is for loopback, for servers, and signed by the authority that comes with it", () => {
  const { caPem, certificatePem } = makeServerCertificate(new Date());
  const authority = new X509Certificate(caPem);
  const server = new X509Certificate(certificatePem);
  expect([authority.ca, server.ca]).toEqual([true, false]);
  expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(server.checkHost("localhost")).toBe("localhost");
  expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(Date.parse(server.validTo)).toBeGreaterThan(Date.now() + 86_400_000);
});

test("two sandboxes do not trust each other", async () => {
  const one = await startSimulatedAzure();
  await fetch(`${one.sandbox.endpoint}/metadata/endpoints?api-version=2015-01-01`);
  await startSimulatedAzure();
  await expect(one.ask("GET", "/subscriptions?api-version=2022-12-01")).rejects.toThrow();
});
