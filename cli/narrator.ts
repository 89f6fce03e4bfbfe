import { cleanText } from "./render/clean.ts";
import type { Layout } from "./render/layout.ts";
import { renderSection } from "./render/section.ts";
import { wrapText } from "./render/wrap.ts";
import type { Output } from "./terminal.ts";

/** The output of a demonstration, which must not claim what it does not show. */
export interface Narrator {
  title(text: string): void;
  say(text: string): void;
  show(title: string, lines: (layout: Layout) => string[]): void;
  /** Prints the sentence when its condition holds. @throws NotShown when it does not */
  claim(holds: boolean, sentence: string): void;
  /** @throws NotShown */
  giveUp(sentence: string): never;
}

/** A step of the demonstration did not show what it claims. */
export class NotShown extends Error {}

export function createNarrator({ layout, write }: Output): Narrator {
  function tell(lines: readonly string[]): void {
    if (lines.length > 0) write(`${lines.join("\n")}\n`);
  }
  return {
    title: (text) => tell(["", layout.paint("title", text), "-".repeat(text.length)]),
    say: (text) => tell(wrapText(cleanText(text), layout.width)),
    show: (title, lines) => tell(renderSection(title, lines(layout), layout)),
    claim(holds, sentence) {
      if (!holds) throw new NotShown(sentence);
      tell(["", ...wrapText(sentence, layout.width, "* ", "  ").map((line) => layout.paint("good", line))]);
    },
    giveUp(sentence) {
      throw new NotShown(sentence);
    },
  };
}
