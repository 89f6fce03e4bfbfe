/** One access-control entry of an SDDL string: `(type;flags;rights;object;inherit;sid)`. */
export interface Ace {
  /** An entry with a condition or for one property counts as `deny` when it denies, and as `other` when it allows. */
  readonly type: "allow" | "deny" | "other";
  readonly inherited: boolean;
  /** Applies to children only, not to the object itself. */
  readonly inheritOnly: boolean;
  /** Access mask, with the bits of the file system. */
  readonly mask: number;
  readonly sid: string;
  /** As written, with its brackets. */
  readonly text: string;
}

// Two-letter names of the trustees that matter here; any other name is kept as written.
const sids: Record<string, string> = {
  SY: "S-1-5-18",
  LS: "S-1-5-19",
  NS: "S-1-5-20",
  BA: "S-1-5-32-544",
  BU: "S-1-5-32-545",
  WD: "S-1-1-0",
  AU: "S-1-5-11",
  SU: "S-1-5-6",
};

/** A SID as Windows writes it in an entry: by its two-letter name where it has one. */
export function shortSid(sid: string): string {
  return Object.entries(sids).find(([, one]) => one === sid)?.[0] ?? sid;
}

export const fileRead = 0x120089;
export const fileWrite = 0x120116;
export const fileAll = 0x1f01ff;

const rights: Record<string, number> = {
  FA: fileAll,
  FR: fileRead,
  FW: fileWrite,
  FX: 0x1200a0,
  GA: fileAll,
  GR: fileRead,
  GW: fileWrite,
  GX: 0x1200a0,
  RC: 0x20000,
  SD: 0x10000,
  WD: 0x40000,
  WO: 0x80000,
  // Windows writes a mask without SYNCHRONIZE with the letters of directory objects.
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
};

function parseMask(text: string): number {
  if (/^0x/i.test(text)) return Number.parseInt(text, 16) >>> 0;
  let mask = 0;
  for (let at = 0; at + 1 < text.length; at += 2) mask |= rights[text.slice(at, at + 2)] ?? 0;
  return mask >>> 0;
}

/**
 * The texts of the entries after the flags of the access part. A condition has its own parentheses:
 * `(XD;;FR;;;NS;(Exists a))` is one entry.
 */
function entryTexts(sddl: string): { head: string; entries: string[]; rest: string } | null {
  const start = /D:[A-Z_]*/.exec(sddl);
  if (!start) return null;
  const from = start.index + start[0].length;
  const entries: string[] = [];
  let depth = 0;
  let opened = from;
  let at = from;
  for (; at < sddl.length; at++) {
    if (sddl[at] === "(") {
      if (depth === 0) opened = at;
      depth += 1;
    } else if (sddl[at] === ")") {
      depth -= 1;
      if (depth === 0) entries.push(sddl.slice(opened, at + 1));
    } else if (depth === 0) break;
  }
  return { head: sddl.slice(0, from), entries, rest: sddl.slice(at) };
}

const denyTypes = ["D", "XD", "OD"];

function parseAce(text: string): Ace {
  const [type = "", flagText = "", mask = "", , , trustee = ""] = text.slice(1, -1).split(";");
  // Flags have two letters and no separator: "CIOI" does not contain "IO".
  const flags: string[] = flagText.match(/../g) ?? [];
  return {
    type: type === "A" ? "allow" : denyTypes.includes(type) ? "deny" : "other",
    inherited: flags.includes("ID"),
    inheritOnly: flags.includes("IO"),
    mask: parseMask(mask),
    sid: sids[trustee] ?? trustee,
    text,
  };
}

/** The entries of the access part (`D:`) of an SDDL string; `null` when it has no readable access part. */
export function parseDacl(sddl: string): Ace[] | null {
  return entryTexts(sddl)?.entries.map(parseAce) ?? null;
}

/** The same descriptor with other entries in its access part. */
export function withEntries(sddl: string, entries: readonly Ace[]): string {
  const parts = entryTexts(sddl);
  return parts ? parts.head + entries.map(({ text }) => text).join("") + parts.rest : sddl;
}

/** One allow entry, as Windows writes it: well-known trustees by their letters. */
export function allowEntry(rights: string, sid: string): Ace {
  const letters = Object.entries(sids).find(([, known]) => known === sid)?.[0];
  return parseAce(`(A;;${rights};;;${letters ?? sid})`);
}

/**
 * Whether a trustee with these SIDs gets every bit of `mask`. Windows' rule: entries are read in order, and the first
 * entry for a bit decides. An unreadable descriptor grants nothing.
 */
export function grantsAccess(sddl: string, holders: readonly string[], mask: number): boolean {
  // A missing access part is not an empty one: it grants everything to everybody.
  if (sddl.includes("NO_ACCESS_CONTROL")) return true;
  let missing = mask;
  for (const ace of parseDacl(sddl) ?? []) {
    if (ace.inheritOnly || !holders.includes(ace.sid)) continue;
    if (ace.type === "deny" && ace.mask & missing) return false;
    if (ace.type === "allow") missing &= ~ace.mask;
    if (missing === 0) return true;
  }
  return missing === 0;
}
