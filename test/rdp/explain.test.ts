import { describe, expect, test } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import type { Side } from "../../lib/rdp/explanation.ts";
import { failureReasons, ProbeReport, probeStages } from "../../lib/rdp/report.ts";
import { failureNames } from "../../lib/rdp/x224.ts";
import { failedAt, goodCertificate, reportOf } from "./report.ts";

const hangUp = { code: 0x904, extended: 7 };

describe("which side a failed stage points at, and what mstsc shows", () => {
  test.each([
    ["resolve", "no-address", "name-resolution", 0x104, /vm-app-01 has no address/],
    ["resolve", "lookup-failed", "name-resolution", 0x104, /could not be looked up/],
    ["resolve", "timeout", "name-resolution", 0x104, /could not be looked up/],
    ["connect", "timeout", "path", 0x204, /No connection to vm-app-01/],
    ["connect", "unreachable", "path", 0x204, /No connection/],
    ["connect", "refused", "listener", 0x204, /nothing listens on port 3389/],
    ["connect", "reset", "path", 0x204, /No connection/],
    ["negotiate", "closed", "listener", 0x904, /hangs up before RDP begins/],
    ["negotiate", "reset", "listener", 0x904, /hangs up/],
    ["negotiate", "disconnected", "listener", 0x904, /hangs up/],
    ["negotiate", "timeout", "listener", 0x108, /says nothing/],
    ["negotiate", "malformed", "listener", 0x406, /does not speak RDP/],
    ["tls", "closed", "tls", 0x904, /hung up in the handshake/],
    ["tls", "reset", "tls", 0x904, /hung up in the handshake/],
    ["tls", "alert", "tls", 0x904, /broke the TLS handshake off/],
    ["tls", "timeout", "tls", 0x108, /says nothing/],
    ["tls", "rejected", "tls", undefined, /could not accept/],
  ] as const)("%s %s: %s", (stage, reason, side, code, headline) => {
    const explained = explainProbe(failedAt(stage, reason));
    expect(explained).toMatchObject({ verdict: "fault", side, headline: expect.stringMatching(headline) });
    expect(explained.clientErrors[0]?.code).toBe(code);
  });

  test("every error that a stage names is in the published lists", () => {
    for (const stage of probeStages) {
      for (const reason of failureReasons) {
        for (const { means } of explainProbe(failedAt(stage, reason)).clientErrors) expect(means).not.toBe("");
      }
    }
    for (const { means } of explainProbe(reportOf()).clientErrors) expect(means).not.toBe("");
  });

  test("0x904 goes with 0x7 where the server hung up, and nowhere else", () => {
    for (const stage of probeStages) {
      for (const reason of failureReasons) {
        const { clientErrors } = explainProbe(failedAt(stage, reason));
        const pairs = clientErrors.filter(({ code }) => code === 0x904);
        for (const pair of pairs) expect(pair).toMatchObject(hangUp);
        if (["resolve", "connect", "proxy"].includes(stage) && reason !== "declined") expect(pairs).toEqual([]);
      }
    }
  });

  test.each([
    ["SSL_REQUIRED_BY_SERVER", "listener"],
    ["SSL_NOT_ALLOWED_BY_SERVER", "listener"],
    ["SSL_CERT_NOT_ON_SERVER", "tls"],
    ["INCONSISTENT_FLAGS", "listener"],
    ["HYBRID_REQUIRED_BY_SERVER", "nla"],
    ["SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER", "tls"],
    ["failure code 99", "listener"],
    ["constructor", "listener"],
  ] satisfies [string, Side][])("declined with %s: %s", (name, side) => {
    const explained = explainProbe(failedAt("negotiate", "declined", name));
    expect(explained).toMatchObject({ verdict: "fault", side, headline: expect.stringContaining(name) });
    expect(explained.advice).toHaveLength(1);
  });

  test("that table has every code", () => {
    expect(failureNames).toHaveLength(6);
  });

  test.each([
    ["proxy", "refused", "proxy"],
    ["proxy", "proxy-denied", "proxy"],
    ["connect", "stopped", "none"],
    ["tls", "stopped", "none"],
  ] as const)("%s %s says nothing of the server", (stage, reason, side) => {
    const proxy = { kind: "http", host: "proxy.corp", port: 8080 } as const;
    expect(explainProbe({ ...failedAt(stage, reason), proxy })).toMatchObject({
      verdict: "unknown",
      side,
      clientErrors: [],
    });
  });

  test("every stage and reason is explained, in whole sentences", () => {
    for (const stage of probeStages) {
      for (const reason of failureReasons) {
        const { headline, advice } = explainProbe(ProbeReport.parse(failedAt(stage, reason)));
        for (const sentence of [headline, ...advice]) expect(sentence).toMatch(/^[A-Z0-9v].*\.$/);
      }
    }
  });
});

test("RDP's own security is a fault of the listener", () => {
  const explained = explainProbe(reportOf({ outcome: { result: "rdp-security" }, handshakes: [], certificate: null }));
  expect(explained).toMatchObject({ verdict: "fault", side: "listener" });
});

describe("a handshake that completed", () => {
  test.each([
    ["required", "nla", /insists on NLA/],
    ["offered", "nla", /does not insist/],
    ["not-offered", "none", /no NLA/],
    ["unknown", "none", /could not be found out/],
  ] as const)("with NLA %s is in order; next comes %s", (credSsp, side, advice) => {
    const explained = explainProbe(reportOf({ credSsp }));
    expect(explained).toMatchObject({ verdict: "in-order", side });
    expect(explained.advice[0]).toMatch(advice);
    // Behind NLA it is the log-on that fails, and mstsc says so.
    expect(explained.clientErrors.some(({ code }) => code === 0x807)).toBe(side === "nla");
  });

  test("at an old version of TLS alone is a fault", () => {
    const failure = { reason: "alert", error: "tlsv1 alert protocol version" } as const;
    const explained = explainProbe(
      reportOf({
        handshakes: [
          { version: "TLSv1.3", result: "failed", failure, ms: 1 },
          { version: "TLSv1.2", result: "failed", failure, ms: 1 },
          { version: "TLSv1.1", result: "completed", suite: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", ms: 1 },
        ],
      }),
    );
    expect(explained).toMatchObject({ verdict: "fault", side: "tls", headline: expect.stringContaining("TLSv1.1") });
  });

  test.each([
    ["2026-02-28T23:59:59.000Z", "fault"],
    ["2026-03-01T00:00:01.000Z", "in-order"],
  ])("a certificate valid until %s: %s", (notAfter, verdict) => {
    const explained = explainProbe(reportOf({ certificate: { ...goodCertificate, notAfter } }));
    expect(explained.verdict).toBe(verdict);
    if (verdict === "fault") expect(explained.clientErrors).toMatchObject([{ code: 0x1b07 }]);
  });

  test("a certificate of the future is a clock that is wrong", () => {
    const certificate = { ...goodCertificate, notBefore: "2026-03-02T00:00:00.000Z" };
    expect(explainProbe(reportOf({ certificate }))).toMatchObject({
      verdict: "fault",
      side: "tls",
      advice: [expect.stringContaining("clocks")],
    });
  });

  test("dates that cannot be read are no fault", () => {
    const certificate = { ...goodCertificate, notBefore: null, notAfter: null };
    expect(explainProbe(reportOf({ certificate })).verdict).toBe("in-order");
  });

  test("what clients warn of is told, and nothing is warned of where all is well", () => {
    const warned = explainProbe(
      reportOf({ certificate: { ...goodCertificate, forHost: false, key: { type: "rsa", bits: 1024 } } }),
    );
    expect(warned.advice.join(" ")).toMatch(/is for CN=vm-app-01, not for vm-app-01: .* 1024 bits/);
    expect(explainProbe(reportOf()).advice).toHaveLength(2);
  });
});
