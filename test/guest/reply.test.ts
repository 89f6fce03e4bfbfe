import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GuestEvidence, sectionNames } from "../../lib/core/guest-evidence.ts";
import { replyMarker } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";
import { replyOutput } from "../fixtures/guest-reply.ts";

const expected = { runId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", step: "apply-1" };
const output = replyOutput(expected);

function lineOf(packed: Buffer): string {
  const body = packed.toString("base64");
  return `${replyMarker} 1 ${body.length} ${createHash("sha256").update(body).digest("hex").slice(0, 16)} ${body}`;
}

function codeOf(text: string, asked = expected): string {
  const read = parseReply(text, asked);
  return read.ok ? "believed" : read.problem.code;
}

test("a whole reply is believed", () => {
  expect(parseReply(output, expected)).toMatchObject({ ok: true, value: { ...expected, status: "done" } });
});

describe("is not harmed by", () => {
  test("lines around it", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        fc.pre(!`\n${before}\n${after}`.includes(`\n${replyMarker}`));
        expect(codeOf(`${before}\n${output}${after}`)).toBe("believed");
      }),
    );
  });

  test("the breaks of a console that wraps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 300 }), fc.constantFrom("\n", "\r\n"), (width, end) => {
        const wrapped =
          output
            .trim()
            .match(new RegExp(`.{1,${width}}`, "g"))
            ?.join(end) ?? "";
        expect(codeOf(wrapped + end)).toBe("believed");
      }),
    );
  });

  test("an older reply before it: the last one counts", () => {
    expect(codeOf(replyOutput({ ...expected, step: "collect-1" }) + output)).toBe("believed");
    expect(codeOf(output + replyOutput({ ...expected, step: "collect-1" }))).toBe("reply-foreign");
  });
});

test("a section that says it could not be read stays unread, whatever its shape has as defaults", () => {
  const sections = sectionNames.map((name) => [name, { unreadable: "no room" }]);
  const evidence = { ...healthyGuestEvidence(), ...Object.fromEntries(sections) };
  expect(GuestEvidence.parse(evidence)).toEqual(evidence);
});

test("a number of the registry section is the place of its data among those that a change may write, and nothing else", () => {
  function registryOf(registry: unknown) {
    const reply = { version: 1, ...expected, status: "done", reason: null, receipts: [], conflicts: [], dropped: [] };
    const evidence = { ...healthyGuestEvidence(), registry };
    const read = parseReply(lineOf(gzipSync(JSON.stringify({ ...reply, journalsDeleted: 0, evidence }))), expected);
    if (!read.ok) throw new Error(read.problem.message);
    return read.value.evidence?.registry;
  }
  expect(registryOf({ "rdp-tcp/MinEncryptionLevel": 1, "winlogon/WinStationsDisabled": 0 })).toMatchObject({
    "rdp-tcp/MinEncryptionLevel": { type: "dword", data: 3 },
    "winlogon/WinStationsDisabled": { type: "string", data: "0" },
    "rdp-tcp/PortNumber": null,
  });
  for (const place of [-1, 0.5, 2, 1e9]) {
    expect(registryOf({ "rdp-tcp/MinEncryptionLevel": place })).toHaveProperty("unreadable");
    expect(registryOf({ "rdp-tcp/MinEncryptionLevel": place })).not.toHaveProperty([
      "rdp-tcp/MinEncryptionLevel",
      "data",
    ]);
  }
  // No change writes this one.
  expect(registryOf({ "fips/Enabled": 0 })).not.toHaveProperty(["fips/Enabled", "data"]);
});

test("a section of another shape is one that could not be read, and no other section's loss", () => {
  const whole = parseReply(output, expected);
  if (!whole.ok) throw new Error(whole.problem.message);
  const guest = healthyGuestEvidence();
  // A mode that Win32_Service knows and we do not.
  const TermService = { state: "Running", startMode: "Unknown", account: "", type: "own" };
  const evidence = { ...guest, services: { ...guest.services, TermService } };
  const read = parseReply(lineOf(gzipSync(JSON.stringify({ ...whole.value, evidence }))), expected);
  if (!read.ok) throw new Error(read.problem.message);
  const unreadable = expect.stringMatching(/^not as expected: TermService\.startMode/);
  expect(read.value.evidence).toEqual({ ...guest, services: { unreadable } });
});

describe("is refused", () => {
  test.each([
    ["no output", ""],
    ["an error alone", "powershell : access denied"],
    ["the marker within a line", `see ${output}`],
  ])("as missing: %s", (_, text) => {
    expect(codeOf(text)).toBe("reply-missing");
  });

  test("when it is cut at either end, wherever", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: output.length - 2 }), (at) => {
        expect(["reply-missing", "reply-cut", "reply-malformed"]).toContain(codeOf(output.slice(0, -1 - at)));
        // Run Command keeps the end of the output.
        expect(codeOf(output.slice(at))).toBe("reply-missing");
      }),
    );
  });

  test("as cut when all that is missing is its end", () => {
    expect(codeOf(output.slice(0, 600))).toBe("reply-cut");
  });

  test("when a byte is another one, wherever", () => {
    const changed = fc.tuple(fc.nat(output.length - 2), fc.integer({ min: 0x21, max: 0x7e }));
    fc.assert(
      fc.property(changed, ([at, byte]) => {
        const sign = String.fromCharCode(byte);
        fc.pre(output[at] !== sign && output[at] !== " ");
        expect(codeOf(output.slice(0, at) + sign + output.slice(at + 1))).not.toBe("believed");
      }),
      { numRuns: 500 },
    );
  });

  test("as foreign: another run, another step", () => {
    expect(codeOf(output, { ...expected, step: "apply-2" })).toBe("reply-foreign");
    expect(codeOf(output, { ...expected, runId: "00000000-0000-4000-8000-000000000001" })).toBe("reply-foreign");
  });

  test("as malformed: a hash, a version, something else than gzip, JSON or a reply", () => {
    expect(codeOf(output.replace(/ [0-9a-f]{16} /, " 0123456789abcdef "))).toBe("reply-malformed");
    expect(codeOf(output.replace(`${replyMarker} 1 `, `${replyMarker} 2 `))).toBe("reply-malformed");
    expect(codeOf(lineOf(Buffer.from("not gzip")))).toBe("reply-malformed");
    expect(codeOf(lineOf(gzipSync("not JSON")))).toBe("reply-malformed");
    expect(codeOf(lineOf(gzipSync(JSON.stringify({ ...expected, version: 1 }))))).toBe("reply-malformed");
  });

  test("as malformed when it unpacks to more than a reply can be", () => {
    expect(codeOf(lineOf(gzipSync(JSON.stringify({ bomb: "0".repeat(10_000_000) }))))).toBe("reply-malformed");
  });
});

test("whatever comes out of a VM, reading it never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.uint8Array(), (text, bytes) => {
      expect(codeOf(text)).toBe("reply-missing");
      expect(codeOf(lineOf(Buffer.from(bytes)))).not.toBe("believed");
      expect(codeOf(lineOf(gzipSync(bytes)))).not.toBe("believed");
    }),
  );
});

describe("control characters", () => {
  const wild = "a\u0000b\u001b[31mc\u009bd\u202ee\u2028f\ud800g\r\nh";

  test("are taken out of every text", () => {
    const read = parseReply(replyOutput({ ...expected, reason: wild, conflicts: [wild] }), expected);
    const tame = "ab[31mcdef\ufffdgh";
    expect(read).toMatchObject({ ok: true, value: { reason: tame, conflicts: [tame] } });
  });

  test("do not come back in what is said about a bad reply", () => {
    const read = parseReply(lineOf(gzipSync(JSON.stringify({ [wild]: 1, evidence: { [wild]: 1 } }))), expected);
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).not.toMatch(/\\u001b|\p{Cc}|\u202e/u);
  });
});
