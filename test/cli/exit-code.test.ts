import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodeOfRun } from "../../cli/exit-code.ts";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { type Outcome, outcomes } from "../../lib/core/run.ts";
import { makeRun } from "./runs.ts";

const codes: Record<Outcome["kind"], number> = {
  healthy: 0,
  repaired: 0,
  undone: 0,
  // Nobody can connect: a pipeline must not read it as a VM that works.
  "closed-on-purpose": 1,
  advised: 1,
  "not-repaired": 1,
  cancelled: 1,
  unknown: 3,
  failed: 3,
};

test.each(outcomes)("the outcome %s", (kind) => {
  expect(exitCodeOfRun(viewLocalRun(makeRun({ state: "ended", outcome: { kind, summary: "" } })))).toBe(codes[kind]);
});

test("the README's table says what 1 means", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toContain("| 1 | a fault remains, a decision is needed, or Remote Desktop is closed on purpose |");
});
