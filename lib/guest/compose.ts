import { posix } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { readShippedFile } from "../files/shipped-files.ts";
import { decompressScript } from "./compressed-script.ts";
import { GuestRequest } from "./protocol.ts";

/*
 * How the small PowerShell files become the one text that runs in a VM: every `. "$PSScriptRoot/file.ps1"` line is
 * replaced by that file, each file once, and what only readers need stays at home. Only the request varies.
 */

export const scriptNames = ["collect", "apply", "undo"] as const;
export type ScriptName = (typeof scriptNames)[number];

/** The calls that touch Windows stand between these lines of a composed script, and nowhere else. */
export const windowsRegion = { begin: "#region windows", end: "#endregion windows" } as const;

const heading = "# RDP Remediation guest script: ";
const emptySlot = "$RequestText = ''";
/** Base64 alone, so that nothing in a request can end the literal that holds it. */
const filledSlot = /^\$RequestText = '([A-Za-z0-9+/]+={0,2})'$/m;
const dotSource = /^\. "\$PSScriptRoot\/([\w/-]+\.ps1)"$/;
const maximumRequestBytes = 1024 * 1024;

/** What a composed script may have, request and all. Azure publishes no limit (docs/decisions/0009-the-size-of-a-script.md). */
export const maximumScriptBytes = 144 * 1024;

const texts = new Map<ScriptName, string>();

/** The whole script for this request, ready to run; ASCII, at most `maximumScriptBytes`. Equal requests give equal texts. */
export function composeScript(script: ScriptName, request: GuestRequest): string {
  const packed = gzipSync(JSON.stringify(GuestRequest.parse(request))).toString("base64");
  return scriptText(script).replace(emptySlot, () => `$RequestText = '${packed}'`);
}

/**
 * Which of our scripts this is and what it is asked, compressed or not; `null` when it is not one of ours or was
 * damaged.
 */
export function readRequest(given: string): { script: ScriptName; request: GuestRequest } | null {
  const text = decompressScript(given) ?? given;
  const script = scriptNames.find((name) => text.startsWith(`${heading}${name}\n`));
  const packed = filledSlot.exec(text)?.[1];
  if (!script || !packed) return null;
  try {
    const json = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: maximumRequestBytes }).toString();
    return { script, request: GuestRequest.parse(JSON.parse(json)) };
  } catch {
    return null;
  }
}

function scriptText(script: ScriptName): string {
  const known = texts.get(script);
  if (known) return known;
  const lines = expand(`${script}.ps1`, new Set());
  // Before anything else: PowerShell demands it of these.
  const using = lines.filter((line) => line.startsWith("using "));
  const rest = lines.filter((line) => !line.startsWith("using "));
  const text = `${[`${heading}${script}`, ...using, emptySlot, ...rest].join("\n")}\n`;
  texts.set(script, text);
  return text;
}

/** The lines of a file with the files that it dot-sources in their places. */
function expand(path: string, seen: Set<string>): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  return readShippedFile(`lib/guest/scripts/${path}`)
    .split(/\r?\n/)
    .flatMap((line) => {
      const sourced = dotSource.exec(line)?.[1];
      return sourced ? expand(posix.join(posix.dirname(path), sourced), seen) : keep(line);
    });
}

function keep(line: string): string[] {
  const text = line.trim();
  if (text === windowsRegion.begin || text === windowsRegion.end) return [text];
  return text === "" || text.startsWith("#") || text === emptySlot ? [] : [tighten(text)];
}

const text = /'(?:''|[^'])*'|"(?:`.|[^"`])*"/;
const aroundSigns = /\s*([={,;|])\s*|\s*(})(?:\s+(?=else|catch|finally))?|\b(if|for|foreach|switch|while)\s+(?=\()/;
const tightened = new RegExp(`${text.source}|${aroundSigns.source}`, "g");

/** Takes the blanks from around signs, but not in texts; no text of ours holds a quotation mark of its own kind. */
function tighten(line: string): string {
  return line.replace(tightened, (whole, sign, end, keyword) => sign ?? end ?? keyword ?? whole);
}
