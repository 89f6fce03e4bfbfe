import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { GuestEvidence } from "../core/guest-evidence.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { declaredValues, type RegistryValueId } from "../core/registry-value.ts";
import { blockedMarker, GuestReply, maximumReplyBytes, replyMarker } from "./protocol.ts";
import { lengthenReply } from "./reply-pieces.ts";

/** A reply is 3,500 bytes of base64; anything that unpacks to more than this was made to hurt. */
const maximumUnpackedBytes = 256 * 1024;

/** Ours go seven deep. A reader that calls itself for each level would run out of stack on what was made for that. */
const maximumDepth = 16;

/**
 * Control characters, and those of no width that reorder, join or hide letters: a terminal or a log must never obey a
 * text out of a VM, nor show another one than it holds.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const sectionShapes: Record<string, z.ZodType> = GuestEvidence.omit({ collectedAt: true }).shape;

/** The first byte of a JSON object. */
const brace = 0x7b;

const repeat = "Diagnose the VM to see its state.";

/**
 * Reads what a guest script printed, which is not trusted: the last line that begins with the marker, believed only
 * when length, hash, depth, shape, run and step are right. Lines before and after it, and line breaks that a console
 * put into it, do no harm. Unprintable characters are taken out of every text; what remains may still look like HTML
 * or a formula, which is for whoever shows it to escape. `errors` is what the script wrote to its error stream, if it is
 * known: there PowerShell says that a policy kept the script from starting.
 */
export function parseReply(
  output: string,
  expected: { runId: string; step: string },
  errors: string | null = null,
): Result<GuestReply> {
  const start = `\n${output}`.lastIndexOf(`\n${replyMarker} `);
  if (start < 0) {
    return blocked(output, errors) ?? fail("reply-missing", `The guest script printed no reply. ${repeat}`);
  }
  const header = /^\S+ 1 ([1-9]\d{0,5}) ([0-9a-f]{16})\s([\s\S]*)$/.exec(output.slice(start));
  if (!header) return malformed("its header is not one of version 1");
  const [, length = "", hash = "", rest = ""] = header;
  if (Number(length) > maximumReplyBytes) return malformed(`it claims to have ${length} characters`);
  const body = takeBase64(rest, Number(length));
  if (body === null) return fail("reply-cut", `The reply of the guest script is cut off. ${repeat}`);
  if (createHash("sha256").update(body).digest("hex").slice(0, 16) !== hash) return malformed("its hash is wrong");
  const reply = unpack(body);
  if (typeof reply === "string") return malformed(reply);
  if (reply.runId.toLowerCase() !== expected.runId.toLowerCase() || reply.step !== expected.step) {
    return fail("reply-foreign", `The reply is that of step ${reply.step} of run ${reply.runId}. ${repeat}`);
  }
  return ok(reply);
}

const blockedLine = new RegExp(`^${blockedMarker} ([A-Za-z]{1,32})\\s*$`, "m");

/** Why Windows did not let the script run: a language mode, or an execution policy, which is told in every language by its id. */
function blocked(output: string, errors: string | null) {
  const mode = blockedLine.exec(output)?.[1];
  if (mode) {
    return fail(
      "script-blocked",
      `PowerShell on the VM runs scripts in ${mode} mode, as App Control for Business (WDAC) demands of scripts that it does not trust. Nothing was done. Allow scripts of Run Command in the VM's App Control policy, or repair the VM by hand.`,
    );
  }
  if (/PSSecurityException|\bUnauthorizedAccess\b/.test(`${output}\n${errors ?? ""}`)) {
    return fail(
      "script-blocked",
      'An execution policy that Group Policy sets on the VM (AllSigned or Restricted) kept the script from starting. Nothing was done. Set "Turn on Script Execution" for the computer to allow local scripts, or repair the VM by hand.',
    );
  }
  return null;
}

/** The first `length` characters that are not white space; `null` when there are fewer. */
function takeBase64(text: string, length: number): string | null {
  const body = text.replace(/\s/g, "").slice(0, length);
  return body.length === length ? body : null;
}

/** The reply, or what is wrong with it. */
function unpack(body: string): GuestReply | string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return "it is not base64";
  let json: unknown;
  try {
    const packed = gunzipSync(Buffer.from(body, "base64"), { maxOutputLength: maximumUnpackedBytes });
    // A script of before this service's, which sends the JSON itself, may still answer.
    const text =
      packed[0] === brace ? packed.toString() : lengthenReply(packed.toString("latin1"), maximumUnpackedBytes);
    if (text === null) return "it is of another version of this product, or too long";
    if (isTooDeep(text)) return "it is nested too deeply";
    json = withRegistryData(printable(JSON.parse(text)));
  } catch {
    return "it does not unpack to JSON";
  }
  // The sections one by one only where a reply needs it: it takes twice as long.
  const whole = GuestReply.safeParse(json);
  const parsed = whole.success ? whole : ReadReply.safeParse(json);
  return parsed.success ? parsed.data : reasonOf(parsed.error);
}

/** Windows may hold what we do not know of: a section of another shape could not be read, and is no other section's loss. */
const ReadReply = GuestReply.extend({
  evidence: z.preprocess((evidence) => {
    if (typeof evidence !== "object" || evidence === null) return evidence;
    const sections = Object.entries(evidence).map(([name, section]) => {
      const shape = Object.hasOwn(sectionShapes, name) ? sectionShapes[name] : undefined;
      const read = shape?.safeParse(section);
      return [name, read?.error ? { unreadable: `not as expected: ${reasonOf(read.error)}` } : section];
    });
    return Object.fromEntries(sections);
  }, GuestReply.shape.evidence),
});

/** The reply with the data of the registry for which a guest sends their place in `mayBecome`. */
function withRegistryData(reply: unknown): unknown {
  if (!isRecord(reply) || !isRecord(reply.evidence) || !Object.hasOwn(reply.evidence, "registry")) return reply;
  return { ...reply, evidence: { ...reply.evidence, registry: withData(reply.evidence.registry) } };
}

/** What is no such place stays as it is. */
function withData(section: unknown): unknown {
  if (!isRecord(section)) return section;
  const values = Object.entries(section).map(([id, told]) => {
    const isPlace = typeof told === "number" && Object.hasOwn(declaredValues, id);
    return [id, isPlace ? (declaredValues[id as RegistryValueId].mayBecome[told] ?? told) : told];
  });
  return Object.fromEntries(values);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function reasonOf({ issues: [first] }: z.ZodError): string {
  // Of a section the last shape is the one that was meant; the other is that of an unreadable one.
  const issue = first?.code === "invalid_union" ? first.errors.at(-1)?.[0] : first;
  // A path may hold names that the guest chose.
  return `${issue?.path.join(".")}: ${issue?.message}`.replace(unprintable, "").slice(0, 300);
}

/** Their code units: to compare numbers is several times as fast as to take one-sign texts out of a text. */
const signs = { quote: 0x22, escape: 0x5c, list: 0x5b, listEnd: 0x5d, object: 0x7b, objectEnd: 0x7d } as const;

/** Looked at before it is parsed, sign by sign. Brackets within texts do not count; what is no JSON is for the parser to refuse. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json.charCodeAt(at);
    if (sign === signs.quote) inText = !inText;
    else if (inText && sign === signs.escape) at += 1;
    else if (!inText && (sign === signs.list || sign === signs.object)) depth += 1;
    else if (!inText && (sign === signs.listEnd || sign === signs.objectEnd)) depth -= 1;
    if (depth > maximumDepth) return true;
  }
  return false;
}

/**
 * Makes the texts in this JSON, which is nobody else's, printable in their places: a reviver of the parser, or a copy, takes
 * several times as long. A key `__proto__` of the parser is a property as any other, and stays one.
 */
function printable(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().replace(unprintable, "");
  if (typeof value !== "object" || value === null) return value;
  const parts = value as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const part = printable(parts[name]);
    if (part !== parts[name]) parts[name] = part;
  }
  return value;
}

function malformed(why: string) {
  return fail("reply-malformed", `The reply of the guest script is not to be believed: ${why}. ${repeat}`);
}
