import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { ask, changes, guests, look, restart, runId, windowsWith } from "./scenarios-rig.ts";

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("a service that does not stop in a minute", () => {
    async function restarted(windows: ReturnType<typeof windowsWith>) {
      const killed: number[] = [];
      let stops = 0;
      windows.onCall = (name) => {
        if (name === "Stop-RdpService") stops += 1;
        if (name === "Stop-HungService") killed.push(stops);
      };
      const list = changes(restart)(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("done");
      return killed;
    }

    test("is waited for as long as it reports progress", async () => {
      expect(await restarted(windowsWith("termservice-stops-slowly"))).toEqual([]);
    });

    test("is ended when a second wait brings no progress", async () => {
      const windows = windowsWith("termservice-hung");
      expect(await restarted(windows)).toHaveLength(1);
      expect(windows.state.services.TermService?.state).toBe("Running");
    });
  });
});
