import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { probeRdp } from "../../lib/rdp/probe.ts";
import { ProbeReport } from "../../lib/rdp/report.ts";
import { failureNames, type Protocol } from "../../lib/rdp/x224.ts";
import { type Answering, choosing, declining, likeWindows, plainConfirm, speakTls, startFake } from "./fake-server.ts";

/** Where a stage must not end by itself, on a machine however busy; and where it must. */
const patient = { wholeMs: 30_000, stageMs: 10_000 };
const soon = { wholeMs: 10_000, stageMs: 500 };

/** Probes a fake server, and holds the report against its schema and its promise to send nothing behind TLS. */
async function probed(answer: Answering, options: Parameters<typeof probeRdp>[1] = {}) {
  await using server = await startFake(answer);
  const report = ProbeReport.parse(await probeRdp(server.target, { ...patient, ...options }));
  expect(server.behindTls).toEqual([]);
  // Never more than the request itself, and so no user name in a cookie.
  expect(new Set(server.requests.map((request) => request.length))).toEqual(new Set([19]));
  return { report, asked: server.requests.map((request) => request[15]) };
}

const everyTime = (bytes: Buffer) => (socket: Socket) => void socket.write(bytes);

describe("what a server chooses", () => {
  test.each([
    ["PROTOCOL_SSL", [15, 15, 0], "not-offered"],
    ["PROTOCOL_HYBRID", [15, 15, 1, 0], "offered"],
    ["PROTOCOL_HYBRID_EX", [15, 15, 1, 0], "offered"],
    ["PROTOCOL_RDSTLS", [15, 15, 11, 1, 0], "unknown"],
  ] satisfies [Protocol, number[], string][])(
    "%s: TLS follows, and narrower requests tell what else there is",
    async (protocol, requests, credSsp) => {
      const { report, asked } = await probed((socket, { request }) => {
        if (request[15] !== 15) return void socket.write(declining("SSL_NOT_ALLOWED_BY_SERVER"));
        socket.write(choosing(protocol, 0x01));
        speakTls(socket);
      });
      expect(report.outcome).toEqual({ result: "completed" });
      expect(report.negotiations[0]?.answer).toEqual({
        kind: "chosen",
        protocol,
        flags: ["EXTENDED_CLIENT_DATA_SUPPORTED"],
        negotiated: true,
      });
      expect(asked).toEqual(requests);
      expect(report.handshakes).toMatchObject([{ version: "TLSv1.3" }, { version: "TLSv1.2" }]);
      expect(report.credSsp).toBe(credSsp);
    },
  );

  test.each([
    ["by its number", choosing("PROTOCOL_RDP"), true],
    ["by leaving the negotiation out", plainConfirm, false],
  ])("its own security, %s: nothing more is asked", async (_, answer, negotiated) => {
    const { report, asked } = await probed(everyTime(answer));
    expect(report).toMatchObject({
      outcome: { result: "rdp-security" },
      negotiations: [{ answer: { kind: "chosen", protocol: "PROTOCOL_RDP", negotiated } }],
      handshakes: [],
      certificate: null,
      credSsp: "not-offered",
    });
    expect(asked).toEqual([15]);
  });

  test("as Windows does: NLA required, or offered beside TLS", async () => {
    const required = await probed(likeWindows());
    expect(required.report).toMatchObject({ outcome: { result: "completed" }, credSsp: "required" });
    expect(required.report.negotiations.map(({ answer }) => ("name" in answer ? answer.name : answer.kind))).toEqual([
      "chosen",
      "HYBRID_REQUIRED_BY_SERVER",
      "HYBRID_REQUIRED_BY_SERVER",
    ]);
    const offered = await probed(likeWindows({ nla: false }));
    expect(offered.report).toMatchObject({ outcome: { result: "completed" }, credSsp: "offered" });
  });

  test("RDSTLS first, and CredSSP when asked for it", async () => {
    const { report } = await probed((socket, { request }) => {
      if (request[15] === 0) return void socket.write(declining("SSL_REQUIRED_BY_SERVER"));
      socket.write(
        choosing(request[15] === 15 ? "PROTOCOL_RDSTLS" : request[15] === 11 ? "PROTOCOL_HYBRID_EX" : "PROTOCOL_SSL"),
      );
      speakTls(socket);
    });
    expect(report).toMatchObject({ outcome: { result: "completed" }, credSsp: "offered" });
  });

  test("what was not asked for is no answer", async () => {
    const { report } = await probed((socket) => {
      socket.write(choosing("PROTOCOL_HYBRID_EX"));
      speakTls(socket);
    });
    expect(report.outcome).toEqual({ result: "completed" });
    expect(report.negotiations.slice(1).map(({ answer }) => answer)).toEqual(
      Array(2).fill({
        kind: "broken",
        failure: { reason: "malformed", error: "it chose PROTOCOL_HYBRID_EX (8), which was not asked for" },
      }),
    );
    const unknown = await probed(everyTime(choosing(16)));
    expect(unknown.report.outcome).toMatchObject({ result: "failed", stage: "negotiate", reason: "malformed" });
  });

  test("a server that hangs up on flags unknown to it is asked for less", async () => {
    const mcsDisconnect = Buffer.from("0300000902f0802180", "hex");
    const { report, asked } = await probed((socket, { request }) => {
      if (request[15] === 15) return void socket.end(mcsDisconnect);
      if (request[15] === 0) return void socket.write(declining("SSL_REQUIRED_BY_SERVER"));
      socket.write(choosing("PROTOCOL_SSL"));
      speakTls(socket);
    });
    expect(report.outcome).toEqual({ result: "completed" });
    expect(report.negotiations[0]?.answer).toMatchObject({ kind: "broken", failure: { reason: "disconnected" } });
    expect(asked).toEqual([15, 11, 11, 0]);
  });
});

describe("why a server declines", () => {
  test.each(failureNames)("%s, by its name", async (name) => {
    const { report, asked } = await probed(everyTime(declining(name)));
    expect(report.outcome).toEqual({ result: "failed", stage: "negotiate", reason: "declined", error: name });
    expect(asked).toEqual([15, 11, 1, 0]);
    expect(report.credSsp).toBe(name === "HYBRID_REQUIRED_BY_SERVER" ? "required" : "unknown");
  });

  test("a code that there is not, by its number", async () => {
    const { report } = await probed(everyTime(declining(99)));
    expect(report.outcome).toMatchObject({ reason: "declined", error: "failure code 99" });
  });

  test("a server that takes no TLS and takes its own security: asked for that alone, it says so", async () => {
    const { report } = await probed((socket, { request }) => {
      socket.write(request[15] === 0 ? choosing("PROTOCOL_RDP") : declining("SSL_NOT_ALLOWED_BY_SERVER"));
    });
    expect(report.outcome).toEqual({ result: "rdp-security" });
    expect(report.negotiations).toHaveLength(4);
  });

  test("it changes its mind between two connections", async () => {
    const { report } = await probed((socket, { nth }) => {
      if (nth > 0) return void socket.write(declining("SSL_CERT_NOT_ON_SERVER"));
      socket.write(choosing("PROTOCOL_SSL"));
      socket.once("data", () => socket.destroy());
    });
    expect(report.outcome).toMatchObject({ result: "failed", stage: "tls", reason: "declined" });
  });
});

test("a server that takes one connection and refuses the others", async () => {
  const server = await startFake((socket) => {
    socket.write(choosing("PROTOCOL_SSL"));
    // Deaf from now on, like a firewall that has counted enough.
    server.stopListening();
    speakTls(socket);
  });
  const report = ProbeReport.parse(await probeRdp(server.target, patient));
  await server[Symbol.asyncDispose]();
  expect(report.outcome).toEqual({ result: "completed" });
  expect(report.handshakes).toMatchObject([
    { version: "TLSv1.3", result: "completed" },
    { version: "TLSv1.2", result: "failed", failure: { reason: "refused" } },
  ]);
  expect(report.negotiations[1]?.answer).toMatchObject({ kind: "broken", failure: { reason: "refused" } });
});

describe("cut connections", () => {
  const whole = choosing("PROTOCOL_SSL");
  test.each([...whole.keys()])("the end after %i bytes of the confirm", async (length) => {
    const { report } = await probed((socket) => void socket.end(whole.subarray(0, length)), { depth: "proof" });
    expect(report.outcome).toEqual({
      result: "failed",
      stage: "negotiate",
      reason: "closed",
      error: length === 0 ? "closed without an answer" : `closed after ${length} bytes`,
    });
  });

  test("the end after the whole confirm is one in TLS", async () => {
    const { report } = await probed((socket) => void socket.end(whole));
    expect(report.outcome).toMatchObject({ result: "failed", stage: "tls" });
    expect(report.handshakes.map(({ version, result }) => `${version} ${result}`)).toEqual([
      "TLSv1.3 failed",
      "TLSv1.2 failed",
      "TLSv1.1 failed",
      "TLSv1 failed",
    ]);
  });

  test("a reset instead of an answer", async () => {
    const { report } = await probed((socket) => void socket.resetAndDestroy());
    expect(report.outcome).toMatchObject({ result: "failed", stage: "negotiate", reason: "reset" });
    expect(report.negotiations).toHaveLength(4);
  });
});

describe("answers that are none", () => {
  test.each([
    ["garbage", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
    ["a wrong version of TPKT", Buffer.from("0200001306d0", "hex")],
    ["a packet that claims to be too long", Buffer.concat([Buffer.from([3, 0, 0xff, 0xff]), Buffer.alloc(65_535)])],
    ["more than was asked for", Buffer.concat([choosing("PROTOCOL_SSL"), Buffer.alloc(10_000)])],
  ])("%s", async (_, bytes) => {
    const { report } = await probed(everyTime(bytes));
    expect(report.outcome).toMatchObject({ result: "failed", stage: "negotiate", reason: "malformed" });
    expect(JSON.stringify(report).length).toBeLessThan(5_000);
  });

  test("an endless stream is left at once", async () => {
    const { report } = await probed((socket) => {
      const flood = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) {}
      };
      socket.on("drain", flood);
      flood();
    });
    expect(report.outcome).toMatchObject({ stage: "negotiate", reason: "malformed" });
    expect(report.ms).toBeLessThan(patient.stageMs);
  });
});

describe("time", () => {
  test("silence ends a stage, and is not asked again", async () => {
    const { report, asked } = await probed(() => {}, soon);
    expect(report.outcome).toMatchObject({ result: "failed", stage: "negotiate", reason: "timeout" });
    expect(asked).toEqual([15]);
    expect(report.ms).toBeGreaterThanOrEqual(soon.stageMs - 5);
    expect(report.ms).toBeLessThan(soon.wholeMs);
  });

  test("a byte now and then does not stretch it", async () => {
    const { report } = await probed((socket) => {
      const bytes = choosing("PROTOCOL_SSL");
      let sent = 0;
      const drip = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 60);
      socket.on("close", () => clearInterval(drip));
    }, soon);
    expect(report.outcome).toMatchObject({ stage: "negotiate", reason: "timeout" });
  });

  test("a slow server in time is a server", async () => {
    const { report } = await probed((socket) => {
      const bytes = choosing("PROTOCOL_RDP");
      let sent = 0;
      const drip = setInterval(
        () => (sent < bytes.length ? socket.write(bytes.subarray(sent, ++sent)) : clearInterval(drip)),
        5,
      );
    });
    expect(report.outcome).toEqual({ result: "rdp-security" });
  });

  test("the whole has its own end", async () => {
    const { report } = await probed(() => {}, { ...patient, wholeMs: 100 });
    expect(report.outcome).toMatchObject({ stage: "negotiate", reason: "timeout" });
    expect(report.ms).toBeLessThan(patient.stageMs);
  });

  test("the caller may end it", async () => {
    const stopping = new AbortController();
    const { report } = await probed(() => stopping.abort(), { signal: stopping.signal });
    expect(report.outcome).toMatchObject({ stage: "negotiate", reason: "stopped" });
  });
});

test("a proof is one connection", async () => {
  const { report, asked } = await probed(likeWindows(), { depth: "proof" });
  expect(report).toMatchObject({
    outcome: { result: "completed" },
    handshakes: [{ version: "TLSv1.3", result: "completed" }],
  });
  expect(asked).toEqual([15]);
});
