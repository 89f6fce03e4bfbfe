import { X509Certificate } from "node:crypto";
import { connect, createServer } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { describe, expect, test } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport } from "../../lib/rdp/report.ts";
import { ecKey, rsaKey, selfSigned } from "./certificates.ts";
import {
  type Answering,
  choosing,
  ecCertificate,
  type FakeServer,
  likeWindows,
  listen,
  speakTls,
  startFake,
} from "./fake-server.ts";

/** Where a stage must not end by itself, on a machine however busy; and where it must. */
const patient = { wholeMs: 30_000, stageMs: 10_000 };
const soon = { wholeMs: 10_000, stageMs: 500 };

async function probed(answer: Answering, limits = patient): Promise<ProbeReport> {
  await using server = await startFake(answer);
  const report = ProbeReport.parse(await probeRdp(server.target, limits));
  expect(server.behindTls).toEqual([]);
  return report;
}

const withTls = (tls: SecureContextOptions) => probed(likeWindows({ tls }));

/** `1.3 completed`, or how it failed. */
function results({ handshakes }: ProbeReport): string[] {
  return handshakes.map(
    (handshake) =>
      `${handshake.version} ${handshake.result === "failed" ? handshake.failure.reason : handshake.result}`,
  );
}

describe("the versions of TLS", () => {
  test("both of today: nothing older is tried", async () => {
    const report = await withTls({});
    expect(report.handshakes).toMatchObject([
      { version: "TLSv1.3", result: "completed", suite: expect.stringMatching(/^TLS_(AES|CHACHA20)_/) },
      { version: "TLSv1.2", result: "completed", suite: expect.stringMatching(/^TLS_ECDHE_ECDSA_WITH_/) },
    ]);
    expect(report.outcome).toEqual({ result: "completed" });
  });

  test.each([
    [{ maxVersion: "TLSv1.2" }, ["TLSv1.3 alert", "TLSv1.2 completed"]],
    [{ minVersion: "TLSv1.3" }, ["TLSv1.3 completed", "TLSv1.2 alert"]],
  ] satisfies [SecureContextOptions, string[]][])("%j", async (tls, told) => {
    const report = await withTls(tls);
    expect(results(report)).toEqual(told);
    expect(report).toMatchObject({ outcome: { result: "completed" }, certificate: { subject: "CN=vm-app-01" } });
    expect(explainProbe(report).verdict).toBe("in-order");
  });

  test.each([
    // OpenSSL as a server answers a newer hello with its own older version, which the client then rejects.
    ["TLSv1.1", ["TLSv1.3 alert", "TLSv1.2 rejected", "TLSv1.1 completed"]],
    ["TLSv1", ["TLSv1.3 alert", "TLSv1.2 rejected", "TLSv1.1 rejected", "TLSv1 completed"]],
  ] as const)("only %s: found, or said to be beyond this OpenSSL; a fault either way", async (version, told) => {
    const report = await withTls({ minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" });
    const beyond = report.handshakes.some(({ result }) => result === "not-offered-here");
    if (beyond) expect(report.outcome).toMatchObject({ result: "failed", stage: "tls", reason: "rejected" });
    else expect(results(report)).toEqual(told);
    expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "tls" });
  });

  test("a probe leaves the defaults of the process as they are", async () => {
    await withTls({ maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" });
    const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = await import("node:tls");
    expect(DEFAULT_MIN_VERSION).toBe("TLSv1.2");
    expect(DEFAULT_CIPHERS).not.toContain("SECLEVEL");
  });
});

describe("certificates", () => {
  const day = 86_400_000;

  test("ECDSA, self-signed, with its names and thumbprints", async () => {
    const { certificate } = await withTls({});
    const x509 = new X509Certificate(ecCertificate.cert);
    expect(certificate).toEqual({
      subject: "CN=vm-app-01",
      issuer: "CN=vm-app-01",
      names: ["vm-app-01.example"],
      forHost: false,
      selfSigned: true,
      notBefore: new Date(x509.validFrom).toISOString(),
      notAfter: new Date(x509.validTo).toISOString(),
      key: { type: "ec", bits: 256 },
      sha1: x509.fingerprint.replaceAll(":", ""),
      sha256: x509.fingerprint256.replaceAll(":", ""),
    });
  });

  test("RSA, as Windows makes it", async () => {
    const { certificate } = await withTls(selfSigned({ key: rsaKey }));
    expect(certificate).toMatchObject({ selfSigned: true, names: [], key: { type: "rsa", bits: 2048 } });
  });

  test.each([
    ["expired", { notBefore: new Date(Date.now() - 200 * day), notAfter: new Date(Date.now() - day) }, /expired on/],
    [
      "not valid yet",
      { notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 9 * day) },
      /not valid before/,
    ],
  ])("%s: the handshake completes, and the verdict says it", async (_, validity, headline) => {
    const report = await withTls(selfSigned({ key: ecKey, ...validity }));
    expect(report.outcome).toEqual({ result: "completed" });
    expect(explainProbe(report)).toMatchObject({
      verdict: "fault",
      side: "tls",
      headline: expect.stringMatching(headline),
    });
  });
});

describe("TLS that fails", () => {
  function afterConfirm(then: Answering): Answering {
    return (socket, asked) => {
      socket.write(choosing("PROTOCOL_SSL"));
      then(socket, asked);
    };
  }

  test.each([
    ["hangs up, as Windows does without its key", (socket) => void socket.once("data", () => socket.end()), "closed"],
    ["resets", (socket) => void socket.once("data", () => socket.resetAndDestroy()), "reset"],
    ["says nothing", () => {}, "timeout"],
    [
      "speaks something else",
      (socket) => void socket.once("data", () => socket.write("HTTP/1.1 400 Bad\r\n\r\n")),
      "rejected",
    ],
    [
      "has no suite for this client",
      (socket) => speakTls(socket, { maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }),
      "alert",
    ],
  ] satisfies [string, Answering, string][])("the server %s", async (_, then, reason) => {
    const report = await probed(afterConfirm(then), reason === "timeout" ? soon : patient);
    expect(report.outcome).toMatchObject({ result: "failed", stage: "tls", reason });
    // No hexadecimal numbers and no file names of OpenSSL's.
    expect(report.outcome).toMatchObject({ error: expect.not.stringMatching(/openssl\/|:error:/) });
    expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "tls" });
    expect(report.certificate).toBeNull();
  });

  test("a byte now and then does not stretch it", async () => {
    const report = await probed(
      afterConfirm((socket) => {
        const record = Buffer.from([22, 3, 3, 0x3f, 0xff]);
        let sent = 0;
        const drip = setInterval(() => socket.write(record.subarray(sent % 5, (sent++ % 5) + 1)), 100);
        socket.on("close", () => clearInterval(drip));
      }),
      soon,
    );
    expect(report.outcome).toMatchObject({ stage: "tls", reason: expect.stringMatching(/^(timeout|rejected)$/) });
    expect(report.ms).toBeLessThan(soon.wholeMs);
  });
});

/** Passes on what a server says, as far as `length` bytes, and then cuts the connection. */
function cutting(server: FakeServer, length: number) {
  return createServer((near) => {
    const far = connect(server.target.port, server.target.host);
    let left = length;
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.pipe(far);
    far.on("data", (bytes: Buffer) => {
      const part = bytes.subarray(0, left);
      left -= part.length;
      near.write(part);
      if (left === 0) near.end();
    });
  });
}

/** What a server says in one handshake, in bytes. */
async function bytesOfHandshake(server: FakeServer): Promise<number> {
  let heard = 0;
  await using relay = await listen(
    createServer((near) => {
      const far = connect(server.target.port, server.target.host);
      near.on("error", () => far.destroy()).on("close", () => far.destroy());
      far
        .on("error", () => near.destroy())
        .on("data", (bytes: Buffer) => {
          heard += bytes.length;
          near.write(bytes);
        });
      near.pipe(far);
    }),
  );
  await probeRdp(relay.target, { ...patient, depth: "proof" });
  return heard;
}

test("a connection cut at any byte of the handshake is a failure in its stage, and never more than that", async () => {
  // Without session tickets, which a server may send behind the handshake.
  await using server = await startFake(likeWindows({ tls: { maxVersion: "TLSv1.2" } }));
  const whole = await bytesOfHandshake(server);
  expect(whole).toBeGreaterThan(500);
  // The signature in it is some bytes shorter or longer each time.
  const slack = 6;
  const lengths = Array.from({ length: whole + slack }, (_, i) => i + 1);
  async function worker() {
    for (let length = lengths.pop(); length !== undefined; length = lengths.pop()) {
      await using relay = await listen(cutting(server, length));
      const { outcome } = await probeRdp(relay.target, { ...patient, depth: "proof" });
      if (length < 19) expect(outcome).toMatchObject({ stage: "negotiate" });
      else if (length < whole - slack)
        expect(outcome).toMatchObject({ stage: "tls", reason: expect.stringMatching(/^(closed|reset)$/) });
      else expect(outcome.result === "completed" || outcome.result === "failed").toBe(true);
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker));
});
