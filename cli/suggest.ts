/** Suggests the nearest known name, by a typing mistake or because it goes on; lists all names when none is near. */
export function suggest(typed: string, known: readonly string[]): string {
  const near = nearNames(typed, known);
  if (near.length > 0) return `Did you mean ${near.join(" or ")}?`;
  return known.length > 0 ? `There are: ${known.join(", ")}.` : "";
}

/** The known names that are meant most likely, at most three: those within two letters, else those that begin with it. */
function nearNames(typed: string, known: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  const nearest = known
    .map((name) => ({ name, distance: editDistance(wanted, name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest && nearest.distance <= 2) return [nearest.name];
  const longer = wanted.length < 3 ? [] : known.filter((name) => name.startsWith(wanted));
  return longer.length <= 3 ? longer : [];
}

/** Levenshtein distance: the number of letters to change, add or drop. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
