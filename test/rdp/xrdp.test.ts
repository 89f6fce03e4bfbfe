import { createHash, X509Certificate } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport } from "../../lib/rdp/report.ts";
import { findXrdp, removeXrdp, startXrdp, type XrdpSettings } from "../fixtures/xrdp.ts";
import { rsaKey, selfSigned } from "./certificates.ts";

const xrdp = findXrdp();
const certificate = selfSigned({ key: rsaKey, commonName: "xrdp.example" });

afterAll(() => removeXrdp(xrdp));

async function probed(settings: Omit<XrdpSettings, "certificate">): Promise<ProbeReport> {
  if (!xrdp.ready) throw new Error("skipped");
  await using server = await startXrdp(xrdp.setUp, { certificate, ...settings });
  return ProbeReport.parse(await probeRdp({ host: "127.0.0.1", port: server.port }));
}

/** What each request was answered: the protocol, the code, or how it broke. */
function answers({ negotiations }: ProbeReport): string[] {
  return negotiations.map(({ answer }) => {
    if (answer.kind === "chosen") return answer.protocol;
    return answer.kind === "declined" ? `${answer.name}` : answer.failure.reason;
  });
}

describe.skipIf(!xrdp.ready)(`a real RDP server, xrdp${xrdp.ready ? "" : ` (skipped: ${xrdp.missing})`}`, () => {
  test("with TLS required", async () => {
    const report = await probed({ securityLayer: "tls" });
    expect(report).toMatchObject({
      outcome: { result: "completed" },
      credSsp: "not-offered",
      handshakes: [
        { version: "TLSv1.3", result: "completed" },
        { version: "TLSv1.2", result: "completed", suite: expect.stringMatching(/^TLS_ECDHE_RSA_WITH_/) },
      ],
      certificate: {
        subject: "CN=xrdp.example",
        selfSigned: true,
        key: { type: "rsa", bits: 2048 },
        sha256: createHash("sha256").update(new X509Certificate(certificate.cert).raw).digest("hex").toUpperCase(),
      },
    });
    // Asked for RDSTLS it hangs up; without, it chooses TLS; without TLS it says that it wants it.
    expect(answers(report)).toEqual(["disconnected", "PROTOCOL_SSL", "SSL_REQUIRED_BY_SERVER"]);
    expect(explainProbe(report)).toMatchObject({ verdict: "in-order", side: "none" });
  });

  test("with the security layer negotiated", async () => {
    const report = await probed({ securityLayer: "negotiate" });
    expect(report.outcome).toEqual({ result: "completed" });
    expect(answers(report)).toEqual(["disconnected", "PROTOCOL_SSL", "PROTOCOL_RDP"]);
  });

  test("with RDP's own security", async () => {
    const report = await probed({ securityLayer: "rdp" });
    expect(report).toMatchObject({ outcome: { result: "rdp-security" }, handshakes: [], certificate: null });
    expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "listener" });
  });

  test("with TLS 1.2 alone", async () => {
    const report = await probed({ securityLayer: "tls", tlsVersions: "TLSv1.2" });
    expect(report.handshakes).toMatchObject([
      { version: "TLSv1.3", result: "failed", failure: { reason: "alert" } },
      { version: "TLSv1.2", result: "completed" },
    ]);
    expect(report.outcome).toEqual({ result: "completed" });
  });
});
