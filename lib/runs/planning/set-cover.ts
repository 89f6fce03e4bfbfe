/**
 * The cheapest choice of items that together cover every need that any item covers, without an item that could be left
 * out. Costs are compared from left to right. Of equal costs the choice with the earlier items wins, so that equal
 * input gives equal output.
 *
 * It tries every choice. Set cover has no known exact shortcut, and costs belong to whole choices, not to items (two
 * items may share work). The items are remediations: ten of them make at most 1,024 choices, and a VM's faults rarely
 * name more than five.
 */
export function cheapestCover<Item, Need>(
  needs: readonly Need[],
  items: readonly Item[],
  covers: (item: Item, need: Need) => boolean,
  cost: (choice: readonly Item[]) => readonly number[],
): Item[] {
  const coverable = needs.filter((need) => items.some((item) => covers(item, need)));
  let best: { choice: Item[]; cost: readonly number[] } | null = null;
  for (let mask = 0; mask < 2 ** items.length; mask++) {
    const choice = items.filter((_, index) => mask & (1 << index));
    if (!coversAll(choice, coverable, covers)) continue;
    if (
      choice.some((item) =>
        coversAll(
          choice.filter((other) => other !== item),
          coverable,
          covers,
        ),
      )
    )
      continue;
    const itsCost = cost(choice);
    if (!best || isLess(itsCost, best.cost)) best = { choice, cost: itsCost };
  }
  return best?.choice ?? [];
}

function coversAll<Item, Need>(
  choice: readonly Item[],
  needs: readonly Need[],
  covers: (item: Item, need: Need) => boolean,
): boolean {
  return needs.every((need) => choice.some((item) => covers(item, need)));
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}
