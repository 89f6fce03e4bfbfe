import { describe, expect, test } from "vitest";
import { createLayout } from "../../cli/render/layout.ts";
import { renderProbe } from "../../cli/render/probe.ts";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { explainGateway } from "../../lib/rdp/explain-gateway.ts";
import { GatewayReport } from "../../lib/rdp/gateway-report.ts";
import { failureReasons, ProbeReport, probeStages } from "../../lib/rdp/report.ts";
import { ecKey, selfSigned } from "../rdp/certificates.ts";
import { challenge, startGateway, statuses } from "../rdp/fake-gateway.ts";
import { startHttpProxy } from "../rdp/fake-proxies.ts";
import { declining, likeWindows, startFake } from "../rdp/fake-server.ts";
import { failedAt } from "../rdp/report.ts";
import { call } from "./call.ts";

const environment = { RDP_REMEDIATION_DATABASE: ":memory:" };

function typed(line: string) {
  return call(["probe", ...line.split(" ").filter(Boolean)], { environment });
}

test("a server in order: exit code 0, the stages, and where a client may still fail", async () => {
  await using server = await startFake(likeWindows());
  const { code, out, err, said } = await typed(`127.0.0.1:${server.target.port}`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(said).toMatch(/connect 127\.0\.0\.1: connected \(\d+ ms\)/);
  expect(said).toMatch(/asked for SSL, HYBRID, HYBRID_EX, RDSTLS: HYBRID_EX, with EXTENDED_CLIENT_DATA_SUPPORTED/);
  expect(said).toMatch(/asked for SSL: declined, HYBRID_REQUIRED_BY_SERVER \(5\)/);
  expect(said).toMatch(/TLS 1\.3: TLS_/);
  expect(said).toMatch(/TLS 1\.2: TLS_/);
  expect(said).toMatch(/key ec 256 bits/);
  expect(said).toMatch(/in order .* If a client fails all the same, look at NLA: the log-on/);
  expect(said).toMatch(new RegExp(`Next rdp client-checks 127\\.0\\.0\\.1:${server.target.port}`));
  expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(server.behindTls).toEqual([]);
});

test("a fault: exit code 1, its name, its side, and what mstsc shows", async () => {
  await using server = await startFake((socket) => void socket.write(declining("SSL_CERT_NOT_ON_SERVER")));
  const { code, said } = await typed(`127.0.0.1:${server.target.port}`);
  expect(code).toBe(1);
  expect(said).toMatch(/declined the negotiation: SSL_CERT_NOT_ON_SERVER\./);
  expect(said).toMatch(
    /Look at TLS: certificate, key, protocols, suites .* 0x904 \/ 0x7: the socket was closed; the server denied the connection/,
  );
});

test("with --json one document, of the published shape, with the explanation in it", async () => {
  await using server = await startFake(likeWindows());
  const { code, out, err } = await typed(`127.0.0.1:${server.target.port} --json`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const { explanation, ...report } = JSON.parse(out);
  expect(ProbeReport.parse(report).target).toEqual(server.target);
  expect(explanation).toEqual(explainProbe(report));
});

test("a proxy that lets nothing through is no verdict on the server: exit code 3", async () => {
  await using behind = await startHttpProxy(403);
  const { code, said } = await typed(`vm-app-01 --proxy http://127.0.0.1:${behind.proxy.port}`);
  expect(code).toBe(3);
  expect(said).toMatch(/through http:\/\/127\.0\.0\.1.*not known .* made no connection to the server/);
  expect(said).toMatch(/ proxy +proxy-denied: the proxy answered 403 /);
});

test("an RD Gateway: HTTPS, its path and its certificate, and where a client may still fail", async () => {
  await using gateway = await startGateway(challenge);
  const { code, err, said } = await typed(`localhost:${gateway.target.port} --gateway`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(said).toMatch(/http RDG_OUT_DATA \/remoteDesktopGateway\/: HTTP 401 \(Negotiate, NTLM\)/);
  expect(said).toMatch(/in order The RD Gateway answers as it should/);
  await using other = await startGateway(statuses({}));
  expect((await typed(`localhost:${other.target.port} --gateway`)).code).toBe(1);
  const { out } = await typed(`localhost:${other.target.port} --gateway --json`);
  const { explanation, ...report } = JSON.parse(out);
  expect(explanation).toEqual(explainGateway(GatewayReport.parse(report)));
});

test.each([
  ["", /Which server\?/],
  ["vm:99999", /"vm:99999" is not HOST/],
  ["vm --proxy ftp://x", /"ftp:\/\/x" is not a proxy/],
  ["vm --proxy http://me:secret@x", /no credentials/],
  ["vm --from 10.0.0.1", /probe has no flag --from/],
])("%j is not understood: exit code 2", async (line, sentence) => {
  const { code, said } = await typed(line);
  expect(code).toBe(2);
  expect(said).toMatch(sentence);
  expect(said).not.toContain("secret");
});

test("Ctrl-C ends it with what was seen until then: exit code 130", async () => {
  const stopping = new AbortController();
  await using server = await startFake(() => stopping.abort());
  const { code, said } = await call(["probe", `127.0.0.1:${server.target.port}`], { environment, stopping });
  expect(code).toBe(130);
  expect(said).toMatch(/stopped: the caller wanted no more .* not known/);
});

describe("what a server can write on a terminal", () => {
  test("no escape codes, no line breaks and no direction marks of its certificate", async () => {
    const evil = "vm\u001b]0;owned\u0007\u001b[31m\r\n\u202egnp.exe\u0000";
    const certificate = selfSigned({ key: ecKey, commonName: evil, dnsNames: [evil] });
    await using server = await startFake(likeWindows({ tls: certificate }));
    const { out } = await typed(`127.0.0.1:${server.target.port}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    const json = await typed(`127.0.0.1:${server.target.port} --json`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(json.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test("every way to fail fits 80 columns and 40", () => {
    for (const columns of [40, 80]) {
      for (const stage of probeStages) {
        for (const reason of failureReasons) {
          const report = failedAt(stage, reason, "e".repeat(300));
          const lines = renderProbe(report, explainProbe(report), "rdp", createLayout({ columns, colour: false }));
          expect(lines.filter((line) => line.length > columns)).toEqual([]);
        }
      }
    }
  });
});
