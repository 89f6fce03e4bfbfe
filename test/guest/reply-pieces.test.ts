import fc from "fast-check";
import { expect, test } from "vitest";
import { sectionNames } from "../../lib/core/guest-evidence.ts";
import { SubsystemSection } from "../../lib/core/log-on.ts";
import { GuestReply, maximumReplyBytes } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { restBudget, sectionBudgets } from "../../lib/guest/reply-budget.ts";
import { lengthenReply, replyPieces, replyPiecesDigest, shortenReply } from "../../lib/guest/reply-pieces.ts";
import { encodeReply } from "../../sandbox/guest/encode-reply.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";

const expected = { runId: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", step: "collect-1" };

/** Text in ASCII with whole pieces, halves of pieces and anything else in it. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...replyPieces.map((one) => one.replace(/[^ -~]/g, ""))),
      fc.constantFrom(...replyPieces.map((one) => one.replace(/[^ -~]/g, "").slice(3))),
      fc.string({ unit: "grapheme-ascii" }),
    ),
  )
  .map((parts) => parts.join(""));

test("what was shortened is had back letter by letter", () => {
  fc.assert(fc.property(texts, (text) => lengthenReply(shortenReply(text), 1e6) === text));
});

test("text of a script with other pieces is not read", () => {
  const short = shortenReply('{"a":1}');
  expect(lengthenReply(short.replace(replyPiecesDigest, "000000"), 1e6)).toBeNull();
  expect(lengthenReply('{"a":1}', 1e6)).toBeNull();
});

test("bytes that stand for pieces of pieces do not grow beyond the bound", () => {
  const codes = fc.array(
    fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
    {
      maxLength: 3000,
    },
  );
  fc.assert(
    fc.property(codes, (many) => {
      const text = lengthenReply(replyPiecesDigest + many.join(""), 50_000);
      expect(text?.length ?? 0).toBeLessThanOrEqual(50_000);
    }),
  );
});

test("there is a byte for each piece, and a piece is longer than its byte", () => {
  expect(replyPieces.length).toBeLessThanOrEqual(128);
  for (const one of replyPieces) expect(one.length).toBeGreaterThan(3);
});

test("all budgets together fit into a reply", () => {
  const sum = Object.values(sectionBudgets).reduce((total, one) => total + one, restBudget);
  expect(sum).toBeLessThanOrEqual(maximumReplyBytes);
});

test.each(sectionNames)("%s that could not be read differs from %s in which nothing deviates", (name) => {
  function read(evidence: unknown) {
    const reply = GuestReply.parse({
      version: 1,
      ...expected,
      status: "done",
      reason: null,
      receipts: [],
      conflicts: [],
      dropped: [],
      evidence,
    });
    const parsed = parseReply(encodeReply(reply), expected);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    return parsed.value.evidence;
  }
  const healthy = { ...healthyGuestEvidence(), subsystem: SubsystemSection.parse({}) };
  const unread = { ...healthy, [name]: { unreadable: "access denied" } };
  expect(read(healthy)).toEqual(healthy);
  expect(read(unread)).toEqual(unread);
});
