import { expect, test } from "vitest";
import { lowerRisk, riskRank, risks } from "../../lib/core/risk.ts";

test("what is asked for can only take away from what is allowed", () => {
  for (const allowed of risks) {
    expect(lowerRisk(allowed, undefined)).toBe(allowed);
    for (const asked of risks) {
      expect(riskRank(lowerRisk(allowed, asked))).toBe(Math.min(riskRank(allowed), riskRank(asked)));
    }
  }
});
