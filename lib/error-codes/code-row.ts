import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

/** One code of one list. */
export interface CodeRow {
  readonly code: number;
  /** The names in the enumerations that have it; empty when it has none. */
  readonly names: readonly string[];
  readonly means: string;
  /** What follows from it: the topic that holds its causes. */
  readonly topic: TopicId;
  readonly source: CodeSourceId;
}
