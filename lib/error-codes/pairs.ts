import type { CodeSourceId } from "./code-sources.ts";
import type { TopicId } from "./topics.ts";

/** A pair that says more than its two codes one by one. */
export interface CodePair {
  readonly code: number;
  readonly extended: number;
  readonly topic: TopicId;
  readonly sources: readonly CodeSourceId[];
}

export const codePairs: readonly CodePair[] = [
  {
    code: 0x904,
    extended: 0x7,
    topic: "closed-before-session",
    sources: ["onDisconnected", "extendedReason", "gatewayReport"],
  },
  { code: 0x904, extended: 0x0, topic: "connection-lost", sources: ["onDisconnected", "tunnelReport"] },
  {
    code: 0x3,
    extended: 0x7,
    topic: "denied-after-log-on",
    sources: ["onDisconnected", "extendedReason", "code3Report"],
  },
];
