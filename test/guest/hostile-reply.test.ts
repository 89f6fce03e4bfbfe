import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText } from "../../cli/render/clean.ts";
import { GuestReply, maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";

/*
 * A VM that wants to harm whoever reads its reply can print anything, with the right length and the right hash. Here
 * it does: good replies are bent in every way that fast-check finds, packed properly, and read.
 */

const expected = { runId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", step: "apply-1" };

function goodReply(): GuestReply {
  return GuestReply.parse({
    version: 1,
    ...expected,
    status: "done",
    reason: null,
    receipts: [{ kind: "grant-key-access", target: "permissions of the RDP key file", changed: true, note: "kept" }],
    conflicts: ["The certificate was changed since."],
    dropped: [],
    evidence: healthyGuestEvidence(),
  });
}

/** As the guest packs it: everything about the line is right, whatever is in it. */
function lineOf(json: string | Buffer): string {
  const body = gzipSync(json).toString("base64");
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return `${replyMarker} 1 ${body.length} ${digest} ${body}\n`;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Every place in a value, by the names and numbers that lead to it. */
function pathsOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inner.flatMap(([name, one]) => pathsOf(one, [...path, name]))];
}

/** The JSON of a value with another text in the place that a path leads to. */
function withTextAt(value: Json, path: readonly (string | number)[], text: string): string {
  const [name, ...rest] = path;
  if (name === undefined) return text;
  if (Array.isArray(value)) {
    return `[${value.map((one, at) => (at === name ? withTextAt(one, rest, text) : JSON.stringify(one))).join(",")}]`;
  }
  const members = Object.entries(value as object).map(
    ([key, one]) => `${JSON.stringify(key)}:${key === name ? withTextAt(one, rest, text) : JSON.stringify(one)}`,
  );
  return `{${members.join(",")}}`;
}

const good = goodReply() as unknown as Json;
const paths = pathsOf(good);

/** What breaks readers: wrong types, huge and odd numbers, deep nests, members that mean something to JavaScript. */
const poison = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "-1",
    "1e999",
    "0.5",
    "9007199254740993",
    '""',
    "[]",
    "{}",
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"unreadable":"<script>alert(1)</script>"}',
    '{"toJSON":1,"then":1,"length":1e9}',
    `${"[".repeat(5000)}${"]".repeat(5000)}`,
    `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
    JSON.stringify("x".repeat(100_000)),
    JSON.stringify(Array(20_000).fill(0)),
  ),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary", maxLength: 60 }).map((text) => JSON.stringify(text)),
);

/** A good reply with up to three places bent. */
const bent = fc.array(fc.tuple(fc.constantFrom(...paths), poison), { minLength: 1, maxLength: 3 }).map((edits) =>
  edits.reduce((json, [path, text]) => {
    try {
      return withTextAt(JSON.parse(json), path, text);
    } catch {
      return json;
    }
  }, JSON.stringify(good)),
);

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function everyText(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...everyText(inner)]);
}

describe("a reply that was bent and packed properly", () => {
  test("never throws, and what is believed has the shape of a reply, for this run and this step", () => {
    fc.assert(
      fc.property(bent, (json) => {
        const read = parseReply(lineOf(json), expected);
        if (!read.ok) return;
        expect(GuestReply.parse(read.value)).toEqual(read.value);
        expect(read.value).toMatchObject(expected);
        expect(everyText(read.value).filter((text) => unprintable.test(text))).toEqual([]);
      }),
      { numRuns: 1500 },
    );
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test("says why it is not believed in one printable line", () => {
    fc.assert(
      fc.property(bent, (json) => {
        const read = parseReply(lineOf(json), expected);
        if (read.ok) return;
        expect(read.problem.message).not.toMatch(unprintable);
        expect(read.problem.message.length).toBeLessThan(600);
      }),
      { numRuns: 500 },
    );
  });

  test("is never `done` for another run or another step", () => {
    const elsewhere = fc.record({
      runId: fc.oneof(fc.uuid(), fc.constant(expected.runId.toUpperCase()), fc.constant(expected.runId)),
      step: fc.oneof(fc.constantFrom("apply-1", "apply-10", "apply-1 ", "APPLY-1", "undo-1", ""), fc.string()),
    });
    fc.assert(
      fc.property(elsewhere, (asked) => {
        const read = parseReply(lineOf(JSON.stringify(goodReply())), asked);
        const same = asked.runId.toLowerCase() === expected.runId && asked.step === expected.step;
        expect(read.ok).toBe(same);
      }),
    );
  });

  test("names of runs and steps that only look right are not", () => {
    for (const claimed of [
      { runId: expected.runId, step: "apply\u200b-1x" },
      { runId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bee", step: expected.step },
    ]) {
      expect(parseReply(lineOf(JSON.stringify({ ...goodReply(), ...claimed })), expected).ok).toBe(false);
    }
  });
});

describe("what was made to hang or to fill the memory is refused at once", () => {
  const big = 250_000;
  test.each([
    ["zeros that unpack to 100 MB", Buffer.alloc(100_000_000, "0")],
    ["brackets that open", "[".repeat(big)],
    ["objects that open", '{"a":'.repeat(big / 5)],
    ["quotes that are escaped and never closed", `"${'\\"'.repeat(big / 2)}`],
    ["quotes that open and close", '""'.repeat(big / 2)],
    ["backslashes", `"${"\\".repeat(big)}`],
    ["one long text", JSON.stringify({ ...goodReply(), reason: "x".repeat(big) })],
    ["names without end", JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`n${at}`, 0])))],
  ])("%s", (_, json) => {
    const line = lineOf(json);
    const before = process.cpuUsage();
    const read = parseReply(line, expected);
    expect(read.ok).toBe(false);
    // Of the processor's time, which other programs do not make longer; in microseconds.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });

  test("a line that is longer than any of ours", () => {
    const noise = createHash("sha512").update("noise").digest("base64").repeat(90);
    const line = `${replyMarker} 1 ${maximumReplyBytes + 1} 0123456789abcdef ${noise}`;
    expect(parseReply(line, expected)).toMatchObject({ ok: false, problem: { code: "reply-malformed" } });
    expect(parseReply("A".repeat(5_000_000), expected)).toMatchObject({
      ok: false,
      problem: { code: "reply-missing" },
    });
    expect(parseReply(`${replyMarker} 1 `.repeat(200_000), expected).ok).toBe(false);
  });
});

describe("members that mean something to JavaScript", () => {
  test.each(["__proto__", "constructor", "prototype", "toString"])(
    "%s is no part of a reply, wherever it stands",
    (name) => {
      const objects = paths.filter((path) => {
        const at = path.reduce<Json>((value, key) => (value as Record<string | number, Json>)[key] ?? null, good);
        return typeof at === "object" && at !== null && !Array.isArray(at);
      });
      for (const path of objects) {
        const inner = path.reduce<Json>((value, key) => (value as Record<string | number, Json>)[key] ?? null, good);
        const members = JSON.stringify(inner).slice(1, -1);
        const json = withTextAt(good, path, `{"${name}":{"isAdmin":true}${members ? `,${members}` : ""}}`);
        const read = parseReply(lineOf(json), expected);
        if (read.ok) expect(JSON.stringify(read.value)).not.toContain("isAdmin");
      }
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    },
  );
});

describe("texts", () => {
  const attacks = {
    "an escape sequence of a terminal": "\u001b]0;owned\u0007\u001b[2J\u001b[31m",
    "a single C1 control": "\u009b31m",
    "an override of the direction": "\u202efdp.exe\u202c",
    "isolates and marks": "\u2066\u2069\u200e\u200f\u061c",
    "letters without width": "ad\u200bmin\u200d\ufeff\u2060",
    "tags beyond the first plane": "\u{e0041}\u{e007f}",
    "breaks of lines": "a\r\nb\u2028c\u2029d\u0085e",
  };

  test.each(Object.entries(attacks))(
    "%s is taken out of every text, and a terminal shows the rest as it is",
    (_, text) => {
      const reply = { ...goodReply(), conflicts: [`x${text}y`], reason: `x${text}y` };
      const read = parseReply(lineOf(JSON.stringify(reply)), expected);
      if (!read.ok) throw new Error(read.problem.message);
      expect(everyText(read.value).filter((one) => unprintable.test(one))).toEqual([]);
      expect(cleanText(read.value.conflicts[0] ?? "")).toBe(read.value.conflicts[0]);
    },
  );

  test("HTML stays text: nothing here writes HTML, and answers are JSON of a stated type", () => {
    const name = '<img src=x onerror="alert(1)">';
    const read = parseReply(lineOf(JSON.stringify({ ...goodReply(), conflicts: [name] })), expected);
    expect(read).toMatchObject({ ok: true, value: { conflicts: [name] } });
  });
});
