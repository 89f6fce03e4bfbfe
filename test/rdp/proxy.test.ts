import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport, type ProxyServer, type Target } from "../../lib/rdp/report.ts";
import { startHttpProxy, startSocksProxy } from "./fake-proxies.ts";
import { choosing, likeWindows, listen, startFake } from "./fake-server.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

async function probed(target: Target, proxy: ProxyServer, stageMs = 10_000): Promise<ProbeReport> {
  return ProbeReport.parse(await probeRdp(target, { proxy, wholeMs: 30_000, stageMs }));
}

/** "None of your methods will do" (RFC 1928, 3). */
const noMethod = 0xff;

const proxies = { "HTTP CONNECT": startHttpProxy, SOCKS5: startSocksProxy };

describe.each(Object.entries(proxies))("through a proxy with %s", (_, startProxy) => {
  test("everything is seen, and the name is left to the proxy", async () => {
    await using server = await startFake(likeWindows());
    await using behind = await startProxy();
    const { port } = server.target;
    const report = await probed({ host: "localhost", port }, behind.proxy);
    expect(report).toMatchObject({
      proxy: behind.proxy,
      resolution: { result: "left-to-proxy" },
      connections: [{ address: "localhost", failure: null }],
      outcome: { result: "completed" },
      credSsp: "required",
    });
    expect(report.handshakes.map(({ version, result }) => `${version} ${result}`)).toEqual([
      "TLSv1.3 completed",
      "TLSv1.2 completed",
    ]);
    expect(new Set(behind.asked)).toEqual(new Set([`localhost:${port}`]));
    expect(behind.requests.flatMap(({ headers }) => Object.keys(headers))).not.toContain("proxy-authorization");
    expect(server.behindTls).toEqual([]);
  });

  test("an answer that comes together with the proxy's own is not lost", async () => {
    await using server = await startFake((socket) => void socket.write(choosing("PROTOCOL_RDP")));
    await using behind = await startProxy();
    expect((await probed(server.target, behind.proxy)).outcome).toEqual({ result: "rdp-security" });
  });

  test.skipIf(!hasIpv6)("to an IPv6 address", async () => {
    await using server = await startFake(likeWindows(), { host: "::1" });
    await using behind = await startProxy();
    expect((await probed(server.target, behind.proxy)).outcome).toEqual({ result: "completed" });
  });

  test("a proxy that nobody serves", async () => {
    const { proxy, [Symbol.asyncDispose]: end } = await startProxy();
    await end();
    const report = await probed({ host: "localhost", port: 3389 }, proxy);
    expect(report.outcome).toMatchObject({ result: "failed", stage: "proxy", reason: "refused" });
    expect(explainProbe(report)).toMatchObject({ verdict: "unknown", side: "proxy" });
  });

  test.each([
    ["says nothing", createServer(() => {}), "timeout"],
    ["speaks something else", createServer((socket) => void socket.end("220 mail.example ESMTP\r\n")), "proxy-denied"],
    ["hangs up", createServer((socket) => void socket.destroy()), "proxy-denied"],
  ] as const)("a proxy that %s", async (_, server, reason) => {
    await using other = await listen(server);
    const { proxy, [Symbol.asyncDispose]: end } = await startProxy();
    await end();
    const report = await probed(
      { host: "localhost", port: 3389 },
      { ...proxy, ...other.target },
      reason === "timeout" ? 300 : 10_000,
    );
    expect(report.outcome).toMatchObject({ result: "failed", stage: "proxy", reason });
  });
});

describe("what a proxy answers instead", () => {
  test.each([
    [403, "proxy", "proxy-denied", "proxy"],
    [407, "proxy", "proxy-denied", "proxy"],
    [502, "connect", "unreachable", "path"],
    [504, "connect", "timeout", "path"],
  ] as const)("HTTP %i", async (status, stage, reason, side) => {
    await using behind = await startHttpProxy(status);
    const report = await probed({ host: "vm-app-01", port: 3389 }, behind.proxy);
    expect(report.outcome).toEqual({
      result: "failed",
      stage,
      reason,
      error: `the proxy answered ${status} As The Test Wants`,
    });
    expect(explainProbe(report).side).toBe(side);
  });

  test.each([
    [1, "proxy", "proxy-denied", "proxy"],
    [2, "proxy", "proxy-denied", "proxy"],
    [3, "connect", "unreachable", "path"],
    [4, "connect", "unreachable", "path"],
    [5, "connect", "refused", "listener"],
  ] as const)("SOCKS %i", async (reply, stage, reason, side) => {
    await using behind = await startSocksProxy({ reply });
    const report = await probed({ host: "vm-app-01", port: 3389 }, behind.proxy);
    expect(report.outcome).toMatchObject({ result: "failed", stage, reason });
    expect(explainProbe(report).side).toBe(side);
  });

  test("a SOCKS proxy that wants a password gets none", async () => {
    await using behind = await startSocksProxy({ method: noMethod });
    const report = await probed({ host: "vm-app-01", port: 3389 }, behind.proxy);
    expect(report.outcome).toMatchObject({ result: "failed", stage: "proxy", reason: "proxy-denied" });
    expect(behind.asked).toEqual([]);
  });
});
