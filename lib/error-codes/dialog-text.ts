import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

/**
 * Sentences of the client's dialogs, each by some of its words in their order. The words are few, because scanned text
 * has mistakes, and in small letters without accents and apostrophes.
 */
export interface DialogText {
  readonly words: string;
  readonly says: string;
  readonly topic: TopicId;
  readonly source: CodeSourceId;
}
