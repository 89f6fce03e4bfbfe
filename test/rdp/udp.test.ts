import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport, type Target } from "../../lib/rdp/report.ts";
import { encodeSyn, isSynAck } from "../../lib/rdp/udp.ts";
import { startHttpProxy } from "./fake-proxies.ts";
import { likeWindows, startFake } from "./fake-server.ts";

interface FakeUdp extends AsyncDisposable {
  readonly received: readonly Buffer[];
}

/** Answers datagrams on the port of a server. */
async function startUdp(
  { host, port }: Target,
  answer: (datagram: Buffer, from: RemoteInfo, socket: Socket) => void,
): Promise<FakeUdp> {
  const received: Buffer[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (datagram: Buffer, from) => {
    received.push(datagram);
    answer(datagram, from, socket);
  });
  await new Promise<void>((resolve, reject) => socket.once("error", reject).bind(port, host, resolve));
  return {
    received,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

/** SYN+ACK as a server writes it: the client's sequence number, both flags, and its own SYN data. */
function synAck(syn: Buffer): Buffer {
  const datagram = Buffer.alloc(1232);
  syn.copy(datagram, 0, 8, 12);
  datagram.writeUInt16BE(64, 4);
  datagram.writeUInt16BE(0x0005, 6);
  return datagram;
}

async function probed(target: Target, udpMs = 20_000): Promise<ProbeReport> {
  return ProbeReport.parse(await probeRdp(target, { udpMs }));
}

test("SYN is the datagram of the protocol, byte for byte", () => {
  const datagram = encodeSyn(0x01020304);
  expect(datagram).toHaveLength(1232);
  expect(datagram.subarray(0, 16).toString("hex")).toBe("ffffffff0040000101020304" + "04d004d0");
  expect(datagram.subarray(16).every((byte) => byte === 0)).toBe(true);
});

test.each([
  ["ours", (syn: Buffer) => synAck(syn), true],
  ["without ACK", (syn: Buffer) => synAck(syn).fill(1, 7, 8), false],
  ["of another connection", (syn: Buffer) => synAck(syn).fill(9, 0, 4), false],
  ["cut", (syn: Buffer) => synAck(syn).subarray(0, 15), false],
  ["empty", () => Buffer.alloc(0), false],
])("a SYN+ACK %s", (_, answer, is) => {
  expect(isSynAck(answer(encodeSyn(0x01020304)), 0x01020304)).toBe(is);
});

describe("beside a server that answers over TCP", () => {
  test("SYN+ACK: UDP gets through, and nothing more is sent", async () => {
    await using server = await startFake(likeWindows());
    await using udp = await startUdp(server.target, (datagram, from, socket) =>
      socket.send(synAck(datagram), from.port, from.address),
    );
    const report = await probed(server.target);
    expect(report).toMatchObject({ udp: { result: "answered" }, outcome: { result: "completed" } });
    expect(udp.received).toHaveLength(1);
  });

  test("an answer of something else", async () => {
    await using server = await startFake(likeWindows());
    await using _udp = await startUdp(server.target, (_datagram, from, socket) =>
      socket.send("hi", from.port, from.address),
    );
    const report = await probed(server.target);
    expect(report.udp).toMatchObject({ result: "other-answer" });
    expect(explainProbe(report).advice.join(" ")).toMatch(/does not speak RDP/);
  });

  test("port-unreachable: nothing listens", async () => {
    await using server = await startFake(likeWindows());
    const report = await probed(server.target);
    expect(report.udp).toMatchObject({ result: "port-unreachable" });
    expect(explainProbe(report).verdict).toBe("in-order");
  });

  test("silence proves nothing: the verdict stays, three datagrams were sent", async () => {
    await using server = await startFake(likeWindows());
    await using udp = await startUdp(server.target, () => {});
    const report = await probed(server.target, 60);
    expect(report).toMatchObject({ udp: { result: "silent" }, outcome: { result: "completed" } });
    expect(udp.received).toHaveLength(3);
    const { verdict, advice } = explainProbe(report);
    expect(verdict).toBe("in-order");
    expect(advice.join(" ")).toMatch(/proves nothing by itself/);
  });
});

describe("it is not tried", () => {
  test("through a proxy", async () => {
    await using server = await startFake(likeWindows());
    await using behind = await startHttpProxy();
    const { udp } = await probeRdp(server.target, { proxy: behind.proxy });
    expect(udp).toEqual({ result: "not-tried", because: "the proxy carries no UDP" });
  });

  test("where TCP reached no address", async () => {
    const { target, [Symbol.asyncDispose]: end } = await startFake(() => {});
    await end();
    expect((await probeRdp(target)).udp).toMatchObject({ result: "not-tried" });
  });

  test("in the short probe of a run", async () => {
    await using server = await startFake(likeWindows());
    expect((await probeRdp(server.target, { depth: "proof" })).udp).toMatchObject({ result: "not-tried" });
  });
});

test("a probe that is stopped waits for no datagram", async () => {
  const stopping = new AbortController();
  await using server = await startFake(() => stopping.abort());
  await using _udp = await startUdp(server.target, () => {});
  const report = await probeRdp(server.target, { signal: stopping.signal, udpMs: 600_000 });
  expect(report.udp).toMatchObject({ result: "failed", failure: { reason: "stopped" } });
});
