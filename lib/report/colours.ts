import type { Finding } from "../core/finding.ts";
import type { Outcome } from "../core/run.ts";

/** The colour of an outcome, a verdict or a change, by its meaning; a word always stands beside it. */
export type Colour = "good" | "bad" | "doubt" | "quiet";

export const outcomeColours: Readonly<Record<Outcome["kind"], Colour>> = {
  healthy: "good",
  "closed-on-purpose": "good",
  repaired: "good",
  undone: "good",
  advised: "doubt",
  "not-repaired": "bad",
  cancelled: "quiet",
  unknown: "bad",
  failed: "bad",
};

export const verdictColours: Readonly<Record<Finding["verdict"], Colour>> = {
  faulty: "bad",
  unknown: "doubt",
  noted: "doubt",
  intended: "quiet",
  healthy: "good",
  "not-applicable": "quiet",
};

/** The verdicts as people read them: what is wrong first. */
export const verdictOrder: readonly Finding["verdict"][] = [
  "faulty",
  "unknown",
  "noted",
  "intended",
  "healthy",
  "not-applicable",
];
