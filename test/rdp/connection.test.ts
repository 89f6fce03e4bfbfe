import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { networkInterfaces, platform } from "node:os";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport, type Target } from "../../lib/rdp/report.ts";
import { likeWindows, startFake } from "./fake-server.ts";

vi.mock("node:dns/promises", { spy: true });

afterEach(() => {
  vi.mocked(lookup).mockReset();
});

async function probed(target: Target, stageMs = 10_000): Promise<ProbeReport> {
  return ProbeReport.parse(await probeRdp(target, { wholeMs: 30_000, stageMs }));
}

/** A name that has these addresses, whatever this machine knows. */
function resolveTo(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  vi.mocked(lookup).mockImplementation((async () => found) as unknown as typeof lookup);
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

test("IPv4", async () => {
  await using server = await startFake(likeWindows());
  const report = await probed(server.target);
  expect(report).toMatchObject({
    resolution: { result: "address" },
    connections: [{ address: "127.0.0.1", failure: null }],
    outcome: { result: "completed" },
  });
  expect(lookup).not.toHaveBeenCalled();
});

test.skipIf(!hasIpv6)("IPv6", async () => {
  await using server = await startFake(likeWindows(), { host: "::1" });
  const report = await probed(server.target);
  expect(report).toMatchObject({ connections: [{ address: "::1", failure: null }], outcome: { result: "completed" } });
});

describe("names", () => {
  test("one that this machine knows", async () => {
    await using server = await startFake(likeWindows());
    const report = await probed({ ...server.target, host: "localhost" });
    expect(report.resolution).toMatchObject({ result: "resolved", addresses: expect.arrayContaining(["127.0.0.1"]) });
    expect(report.outcome).toEqual({ result: "completed" });
  });

  // All of 127.0.0.0/8 is this machine on Linux.
  test.skipIf(platform() !== "linux")(
    "the addresses are tried in turn, and the first that answers is kept",
    async () => {
      await using server = await startFake(likeWindows());
      resolveTo("127.0.0.2", "127.0.0.1", "127.0.0.3");
      const report = await probed({ ...server.target, host: "vm-app-01" });
      expect(report).toMatchObject({
        resolution: { addresses: ["127.0.0.2", "127.0.0.1", "127.0.0.3"] },
        connections: [
          { address: "127.0.0.2", failure: { stage: "connect", reason: "refused" } },
          { address: "127.0.0.1", failure: null },
        ],
        outcome: { result: "completed" },
      });
      expect(lookup).toHaveBeenCalledTimes(1);
    },
  );

  test.skipIf(platform() !== "linux")("of many addresses four are tried", async () => {
    await using server = await startFake(() => {});
    resolveTo(...Array.from({ length: 40 }, (_, i) => `127.0.0.${i + 2}`));
    const report = await probed({ ...server.target, host: "vm-app-01" });
    expect(report.connections).toHaveLength(4);
    expect(report.outcome).toMatchObject({ stage: "connect", reason: "refused" });
  });

  test.each([
    ["ENOTFOUND", "no-address"],
    ["EAI_AGAIN", "lookup-failed"],
    ["ESERVFAIL", "lookup-failed"],
  ])("%s is %s", async (code, reason) => {
    vi.mocked(lookup).mockRejectedValue(Object.assign(new Error(`getaddrinfo ${code} vm-app-01`), { code }));
    const report = await probed({ host: "vm-app-01", port: 3389 });
    expect(report).toMatchObject({ connections: [], outcome: { result: "failed", stage: "resolve", reason } });
    expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "name-resolution" });
  });

  test("a resolver that never answers", async () => {
    vi.mocked(lookup).mockReturnValue(new Promise(() => {}) as ReturnType<typeof lookup>);
    const report = await probed({ host: "vm-app-01", port: 3389 }, 100);
    expect(report.outcome).toMatchObject({ stage: "resolve", reason: "timeout" });
    expect(report.ms).toBeLessThan(10_000);
  });
});

test("nobody listens", async () => {
  const { target, [Symbol.asyncDispose]: end } = await startFake(() => {});
  await end();
  const report = await probed(target);
  expect(report.outcome).toMatchObject({ result: "failed", stage: "connect", reason: "refused" });
  expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "listener" });
});

/** A thread that listens and never accepts: when its queue is full, packets to it are dropped as on a dead path. */
const deafListener = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

test.skipIf(platform() !== "linux")("packets that are dropped", async () => {
  const deaf = new Worker(deafListener, { eval: true });
  const queued: Socket[] = [];
  try {
    const port = await new Promise<number>((resolve) => deaf.once("message", resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < 8; i++) queued.push(connect(port, "127.0.0.1").on("error", () => {}));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const report = await probed({ host: "127.0.0.1", port }, 400);
    expect(report.outcome).toMatchObject({ result: "failed", stage: "connect", reason: "timeout" });
    expect(explainProbe(report)).toMatchObject({ verdict: "fault", side: "path" });
  } finally {
    for (const socket of queued) socket.destroy();
    await deaf.terminate();
  }
});
