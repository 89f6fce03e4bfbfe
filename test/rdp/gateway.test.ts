import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { explainGateway } from "../../lib/rdp/explain-gateway.ts";
import { probeGateway } from "../../lib/rdp/gateway.ts";
import { GatewayReport } from "../../lib/rdp/gateway-report.ts";
import type { Target } from "../../lib/rdp/report.ts";
import { ecKey, selfSigned } from "./certificates.ts";
import { challenge, gatewayName, startGateway, statuses } from "./fake-gateway.ts";
import { startHttpProxy } from "./fake-proxies.ts";
import { listen } from "./fake-server.ts";

const newPath = "/remoteDesktopGateway/";
const oldPath = "/rpc/rpcproxy.dll";

async function probed(target: Target, more: Parameters<typeof probeGateway>[1] = {}) {
  const report = GatewayReport.parse(await probeGateway(target, more));
  return { report, explanation: explainGateway(report) };
}

test("a gateway: one request without credentials and without a body", async () => {
  await using gateway = await startGateway(challenge);
  const { report, explanation } = await probed(gateway.target);
  expect(report).toMatchObject({
    tls: { result: "completed" },
    certificate: { forHost: true },
    exchanges: [
      {
        method: "RDG_OUT_DATA",
        path: newPath,
        answer: { result: "status", status: 401, schemes: ["Negotiate", "NTLM"] },
      },
    ],
  });
  expect(explanation).toMatchObject({ verdict: "in-order", side: "gateway" });
  expect(gateway.requests).toHaveLength(1);
  expect(gateway.requests[0]).toMatch(/^RDG_OUT_DATA \/remoteDesktopGateway\/ HTTP\/1\.1/);
  expect(gateway.requests[0]).toMatch(/rdg-connection-id: \{[0-9a-f-]{36}\}/i);
  expect(gateway.requests[0]).not.toMatch(/authorization|cookie/i);
});

test("a gateway of the older transport alone", async () => {
  await using gateway = await startGateway(statuses({ [oldPath]: 401 }));
  const { report, explanation } = await probed(gateway.target);
  expect(report.exchanges.map(({ method, answer }) => [method, "status" in answer && answer.status])).toEqual([
    ["RDG_OUT_DATA", 404],
    ["RPC_OUT_DATA", 401],
  ]);
  expect(explanation.verdict).toBe("in-order");
});

describe("what answers HTTPS and is no gateway", () => {
  test.each([
    [{}, /whether the role RD Gateway is installed/],
    [{ [newPath]: 200, [oldPath]: 200 }, /does not answer as an RD Gateway/],
    [{ [newPath]: 501, [oldPath]: 501 }, /content delivery network .* does not pass/],
    [{ [newPath]: 405, [oldPath]: 404 }, /does not pass its HTTP methods on/],
  ])("%j", async (byPath, sentence) => {
    await using gateway = await startGateway(statuses(byPath));
    const { explanation } = await probed(gateway.target);
    expect(explanation).toMatchObject({ verdict: "fault", side: "gateway" });
    expect(`${explanation.headline} ${explanation.advice.join(" ")}`).toMatch(sentence);
  });

  test("401 without a scheme is none", async () => {
    await using gateway = await startGateway((_, socket) =>
      socket.write("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
    );
    expect((await probed(gateway.target)).explanation.verdict).toBe("fault");
  });

  test("no HTTP", async () => {
    await using gateway = await startGateway((_, socket) => socket.end("hello"));
    const { report, explanation } = await probed(gateway.target);
    expect(report.exchanges[0]?.answer).toMatchObject({ result: "failed", failure: { reason: "malformed" } });
    expect(explanation.verdict).toBe("fault");
  });

  test("a connection that is closed instead of an answer", async () => {
    await using gateway = await startGateway((_, socket) => socket.destroy());
    const { report } = await probed(gateway.target);
    expect(report.exchanges).toHaveLength(2);
    expect(report.exchanges[0]?.answer).toMatchObject({ result: "failed" });
  });

  test("no TLS", async () => {
    await using server = await listen(createServer((socket) => socket.end("SSH-2.0\r\n")));
    const { report, explanation } = await probed({ ...server.target, host: gatewayName });
    expect(report).toMatchObject({ tls: { result: "failed" }, exchanges: [] });
    expect(explanation.headline).toMatch(/TLS fails/);
  });
});

describe("its certificate", () => {
  const day = 86_400_000;
  test.each([
    ["has expired", { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) }, /expired on/],
    ["is not valid yet", { notBefore: new Date(Date.now() + day) }, /not valid before/],
    [
      "is for another name",
      { commonName: "gw.example", dnsNames: ["gw.example"] },
      /is for gw\.example, not for localhost/,
    ],
  ])("%s", async (_, wanted, sentence) => {
    const certificate = selfSigned({ key: ecKey, commonName: gatewayName, dnsNames: [gatewayName], ...wanted });
    await using gateway = await startGateway(challenge, certificate);
    const { explanation } = await probed(gateway.target);
    expect(explanation).toMatchObject({ verdict: "fault", side: "gateway" });
    expect(explanation.headline).toMatch(sentence);
  });

  test("is self-signed: told, and no fault of the gateway", async () => {
    await using gateway = await startGateway(challenge);
    const { report, explanation } = await probed(gateway.target);
    expect(report.distrust).toMatch(/SELF_SIGNED/);
    expect(explanation.verdict).toBe("in-order");
    expect(explanation.advice.join(" ")).toMatch(/it is self-signed/);
  });
});

describe("a gateway that is not reached", () => {
  test("nobody listens", async () => {
    const gateway = await startGateway(challenge);
    await gateway[Symbol.asyncDispose]();
    const { report, explanation } = await probed(gateway.target);
    expect(report).toMatchObject({ tls: null, exchanges: [] });
    expect(explanation).toMatchObject({ verdict: "fault", side: "gateway" });
  });

  test("a name without an address", async () => {
    const { explanation } = await probed({ host: "gateway.invalid", port: 443 });
    expect(explanation).toMatchObject({ verdict: "fault", side: "name-resolution" });
  });

  test("a proxy that refuses is no verdict on the gateway", async () => {
    await using behind = await startHttpProxy(403);
    const { explanation } = await probed({ host: "gateway.example", port: 443 }, { proxy: behind.proxy });
    expect(explanation).toMatchObject({ verdict: "unknown", side: "proxy" });
  });

  test("no answer in time", async () => {
    await using gateway = await startGateway(() => {});
    const { report, explanation } = await probed(gateway.target, { stageMs: 200 });
    expect(report.exchanges[0]?.answer).toMatchObject({ result: "failed", failure: { reason: "timeout" } });
    expect(explanation.verdict).toBe("fault");
  });
});

test("through a proxy it is the same", async () => {
  await using gateway = await startGateway(challenge);
  await using behind = await startHttpProxy();
  const { report, explanation } = await probed({ ...gateway.target, host: "127.0.0.1" }, { proxy: behind.proxy });
  expect(report).toMatchObject({ resolution: { result: "left-to-proxy" }, exchanges: [{ answer: { status: 401 } }] });
  expect(explanation.headline).toMatch(/certificate is for localhost, not for 127\.0\.0\.1/);
});

test("an answer without an end and a head without an end cost no more than a moment and some kilobytes", async () => {
  await using endless = await startGateway((_, socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
  });
  expect((await probed(endless.target)).report.exchanges).toHaveLength(2);
  await using long = await startGateway((_, socket) => {
    socket.write(`HTTP/1.1 401 No\r\nWWW-Authenticate: ${"a".repeat(200_000)}\r\n`);
  });
  expect((await probed(long.target)).report.exchanges[0]?.answer).toMatchObject({
    result: "failed",
    failure: { reason: "malformed" },
  });
});
