import { cleanText } from "./render/clean.ts";
import type { Layout } from "./render/layout.ts";
import { renderSection } from "./render/run.ts";
import { wrapText } from "./render/wrap.ts";
import type { Output } from "./terminal.ts";

/** Tells a demonstration that must not claim what it does not show. */
export interface Narrator {
  title(text: string): void;
  say(text: string): void;
  show(title: string, lines: (layout: Layout) => string[]): void;
  /** Says a sentence that has just come true. @throws NotShown */
  claim(holds: boolean, sentence: string): void;
  /** @throws NotShown */
  giveUp(sentence: string): never;
}

/** A step did not show what it claims. */
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
