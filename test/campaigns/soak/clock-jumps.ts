import type { Run } from "../../../lib/core/run.ts";
import { scenarios } from "../faults/scenarios.ts";
import { openRig } from "../rig.ts";
import type { SoakPart } from "./part.ts";

const hour = 3_600_000;
const jumps = [-24 * hour, -2 * hour, -600_000, 600_000, 2 * hour, 24 * hour];
const phases = ["collecting", "applying"] as const satisfies Run["state"][];

/** The service's clock jumps while a script is at work; the clocks of Azure and Windows go on. */
export const clockJumps: SoakPart = {
  name: "clock jumps",
  what: "The clock of the service jumps by up to a day, both ways, while it looks and while it changes; those of Azure and Windows go on (in simulated time).",
  async run({ isShort = false }) {
    const violations: string[] = [];
    const wanted = isShort ? jumps.slice(1, 2) : jumps;
    for (const jump of wanted) {
      for (const phase of phases) {
        const rig = await openRig("local", scenarios.repair.world(), { jump: { by: jump, in: phase } });
        const asked = await scenarios.repair.prepare(rig);
        const begun = rig.now().getTime();
        const run = await rig.runToEnd(asked);
        const minutes = Math.round((rig.now().getTime() - begun) / 60_000);
        const steps = rig.sandbox.scriptRuns.map(({ step }) => step);
        const what = `${jump / 60_000} minutes while ${phase}`;
        if (run.outcome?.kind !== "repaired")
          violations.push(`${what}: ended ${run.outcome?.kind}: ${run.outcome?.summary}`);
        if (new Set(steps).size !== steps.length) violations.push(`${what}: a script was executed twice.`);
        if (minutes > 30) violations.push(`${what}: it took ${minutes} minutes.`);
        await rig.close();
      }
    }
    return { figures: { jumps: wanted.length * phases.length }, violations };
  },
};
