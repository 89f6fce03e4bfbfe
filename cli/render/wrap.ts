/** A word that is longer than a line is broken after one of these characters, else anywhere. */
const separators = /[\\/,;:_.-]/;

/**
 * Paths, ids, addresses and thumbprints: they are never broken, because a broken one can be neither copied nor found.
 * None is longer: Windows allows 260 letters for a path, and an ARM id of a VM has fewer.
 */
const copyable = /^[\w\\/:.@{}()[\]"'$%=,;+*-]{1,260}$/;

/** A long word is not started on a line with fewer free columns than this. */
const leastRoom = 20;

/**
 * Lines of at most `width` columns, but for a path or an id that is longer, which gets a line of its own. The first begins
 * with `first`, all others with `rest`; both must leave room.
 */
export function wrapText(text: string, width: number, first = "", rest = first): string[] {
  const lines: string[] = [];
  let line = first;
  let blank = true;
  for (const piece of text.split(/\s+/).filter(Boolean)) {
    let word = piece;
    const mayBreak = !copyable.test(word);
    if (!blank && displayWidth(`${line} ${word}`) > width) {
      const room = width - displayWidth(line) - 1;
      // It would be broken on the next line too, so it starts here.
      const isLong = mayBreak && displayWidth(rest + word) > width && room >= leastRoom;
      const [head, tail] = isLong ? breakWord(word, room) : ["", word];
      lines.push(isLong ? `${line} ${head}` : line);
      line = rest;
      word = tail;
      blank = true;
    }
    while (mayBreak && blank && displayWidth(line + word) > width) {
      const [head, tail] = breakWord(word, width - displayWidth(line));
      lines.push(line + head);
      line = rest;
      word = tail;
    }
    line += blank ? word : ` ${word}`;
    blank = false;
  }
  return blank ? lines : [...lines, line];
}

function breakWord(word: string, width: number): [string, string] {
  let used = 0;
  let fits = 0;
  let afterSeparator = 0;
  for (const letter of word) {
    used += displayWidth(letter);
    if (used > width && fits > 0) break;
    fits += letter.length;
    if (separators.test(letter)) afterSeparator = fits;
  }
  const at = afterSeparator > fits / 3 ? afterSeparator : fits;
  return [word.slice(0, at), word.slice(at)];
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const narrow = /^[\x20-\x7e]*$/;

/** The columns that a text takes on a terminal: two for East Asian letters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let columns = 0;
  for (const letter of text) columns += /\p{M}/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1;
  return columns;
}

/** The text, truncated to at most `width` columns. */
export function truncateText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  for (const letter of text) {
    if (displayWidth(kept + letter) > width - 3) break;
    kept += letter;
  }
  return `${kept}...`;
}
