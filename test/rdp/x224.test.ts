import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeRequest,
  type FailureName,
  failureCodes,
  failureNames,
  flagBits,
  longestPacket,
  type Protocol,
  protocols,
  readConfirm,
  serverFlags,
} from "../../lib/rdp/x224.ts";
import { choosing, declining, plainConfirm } from "./fake-server.ts";

const confirms = [
  plainConfirm,
  ...protocols.map((protocol) => choosing(protocol)),
  ...failureNames.map((name) => declining(name)),
];

test("a request is what the specification shows, byte for byte", () => {
  const everything: Protocol[] = ["PROTOCOL_SSL", "PROTOCOL_HYBRID", "PROTOCOL_RDSTLS", "PROTOCOL_HYBRID_EX"];
  expect(encodeRequest(everything).toString("hex")).toBe("030000130ee00000000000010008000f000000");
  expect(encodeRequest(["PROTOCOL_RDP"]).toString("hex")).toBe("030000130ee000000000000100080000000000");
  // Windows' own client asks for SSL, HYBRID and HYBRID_EX.
  expect(encodeRequest(["PROTOCOL_SSL", "PROTOCOL_HYBRID", "PROTOCOL_HYBRID_EX"])[15]).toBe(0x0b);
});

describe("what a server chose", () => {
  test.each([
    ["PROTOCOL_RDP", 0],
    ["PROTOCOL_SSL", 1],
    ["PROTOCOL_HYBRID", 2],
    ["PROTOCOL_RDSTLS", 4],
    ["PROTOCOL_HYBRID_EX", 8],
  ] as const)("%s", (protocol, number) => {
    expect(readConfirm(choosing(number))).toEqual({
      state: "complete",
      confirm: { kind: "chosen", protocol, flags: [], negotiated: true },
    });
  });

  test("its flags, without the reserved one and those that nobody knows", () => {
    expect(readConfirm(choosing(8, 0xff))).toMatchObject({ confirm: { flags: serverFlags } });
    for (const flag of serverFlags) {
      expect(readConfirm(choosing(8, flagBits[flag]))).toMatchObject({ confirm: { flags: [flag] } });
    }
    expect(readConfirm(choosing(8, 0x04))).toMatchObject({ confirm: { flags: [] } });
  });

  test("no answer to the negotiation means RDP's own security", () => {
    expect(readConfirm(plainConfirm)).toEqual({
      state: "complete",
      confirm: { kind: "chosen", protocol: "PROTOCOL_RDP", flags: [], negotiated: false },
    });
  });

  test.each([3, 5, 16, 0xffffffff])("a protocol %i that nobody asked for is none", (number) => {
    expect(readConfirm(choosing(number))).toMatchObject({ state: "malformed" });
  });
});

describe("why a server chose none", () => {
  test.each([
    ["SSL_REQUIRED_BY_SERVER", 1],
    ["SSL_NOT_ALLOWED_BY_SERVER", 2],
    ["SSL_CERT_NOT_ON_SERVER", 3],
    ["INCONSISTENT_FLAGS", 4],
    ["HYBRID_REQUIRED_BY_SERVER", 5],
    ["SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER", 6],
  ] satisfies [FailureName, number][])("%s", (name, code) => {
    expect(failureCodes[name]).toBe(code);
    expect(readConfirm(declining(code))).toEqual({ state: "complete", confirm: { kind: "declined", code, name } });
  });

  test.each([0, 7, 0xffffffff])("a code %i that the specification does not have", (code) => {
    expect(readConfirm(declining(code))).toEqual({
      state: "complete",
      confirm: { kind: "declined", code, name: null },
    });
  });
});

test("a refusal may come together with the packet that ends the connection, as xrdp sends both at once", () => {
  const disconnect = Buffer.from("03000009028021" + "8080", "hex");
  const refusal = { state: "complete", confirm: { kind: "declined", code: 1, name: "SSL_REQUIRED_BY_SERVER" } };
  expect(readConfirm(Buffer.concat([declining(1), disconnect]))).toEqual(refusal);
  expect(readConfirm(Buffer.concat([declining(1), disconnect.subarray(0, 1)]))).toEqual(refusal);
  expect(readConfirm(Buffer.concat([disconnect, disconnect]))).toEqual({ state: "disconnect" });
});

describe("what is no confirm", () => {
  test.each([
    ["another protocol, from its first byte", "48", "malformed"],
    ["a packet without room for X.224", "0300000606d0", "malformed"],
    ["a packet larger than any confirm", "0300ffff", "malformed"],
    ["another kind of packet", "03000007026000", "malformed"],
    ["an X.224 disconnect request", "0300000b06800000000000", "disconnect"],
    ["an MCS disconnect, as xrdp sends it", "0300000902f0802180", "disconnect"],
    ["lengths that disagree", "030000130dd00000123400020008000b000000", "malformed"],
    ["a negotiation of another length", "030000130ed000001234000200090001000000", "malformed"],
    ["a negotiation of another type", "030000130ed000001234000100080001000000", "malformed"],
    ["half a negotiation", "0300000f0ad000001234000200 0800".replace(" ", ""), "malformed"],
    ["a second packet behind the first", "030000130ed00000123400020008000100000003", "malformed"],
  ])("%s", (_, hex, state) => {
    expect(readConfirm(Buffer.from(hex, "hex"))).toMatchObject({ state });
  });
});

describe("properties", () => {
  test("no bytes make it throw, and each reading is one of the four", () => {
    const rdpLike = fc
      .uint8Array({ minLength: 3, maxLength: 40 })
      .map((bytes) => Uint8Array.from([3, 0, 0, ...bytes.map((byte, i) => (i === 0 ? byte % 42 : byte))]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2 * longestPacket }), rdpLike), (bytes) => {
        expect(["incomplete", "complete", "disconnect", "malformed"]).toContain(readConfirm(Buffer.from(bytes)).state);
      }),
      { numRuns: 5_000 },
    );
  });

  test("a confirm is incomplete at every cut, and read only when it is whole", () => {
    for (const packet of confirms) {
      for (let length = 0; length < packet.length; length++) {
        expect(readConfirm(packet.subarray(0, length))).toEqual({ state: "incomplete" });
      }
      expect(readConfirm(packet).state).toBe("complete");
    }
  });

  test("nobody has to gather more than the longest packet to be told", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: longestPacket, maxLength: longestPacket }), (bytes) => {
        expect(readConfirm(Buffer.from(bytes)).state).not.toBe("incomplete");
      }),
    );
    const longest = Buffer.alloc(longestPacket);
    longest.set([3, 0, longestPacket >> 8, longestPacket & 0xff]);
    expect(readConfirm(longest.subarray(0, -1)).state).toBe("incomplete");
    expect(readConfirm(longest).state).toBe("malformed");
  });

  test("a changed byte never turns one protocol into another without being seen in the protocol's own field", () => {
    const whole = choosing("PROTOCOL_SSL");
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        const reading = readConfirm(changed);
        if (reading.state !== "complete" || reading.confirm.kind !== "chosen") return;
        if (at < 15) expect(reading.confirm.protocol).toBe("PROTOCOL_SSL");
      }),
      { numRuns: 2_000 },
    );
  });
});
