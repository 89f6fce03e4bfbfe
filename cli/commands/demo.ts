import { once } from "node:events";
import { composeLocal } from "../../lib/compose.ts";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { runDemo } from "../demo-story.ts";
import { viewLocalRun } from "../local-runs.ts";
import { createNarrator, NotShown } from "../narrator.ts";
import { createProgress } from "../progress.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { type CallSandbox, startCallSandbox } from "../sandbox.ts";

const simulated = {
  modelled: "guest: modelled. A TypeScript model of the scripts does their work, on a simulated Windows.",
  pwsh: "guest: pwsh. The real scripts run in PowerShell 7, on a simulated Windows.",
};

/**
 * Diagnosis, repair and undo of one simulated VM with three faults. Exit code 0 means that every claim of the
 * demonstration was verified.
 */
export async function demo({ options, terminal }: Request): Promise<Result<Report>> {
  const started = await startCallSandbox("several-faults", options.guest);
  if (!started.ok) return started;
  try {
    await play(started.value, terminal);
    return ok({ data: null, text: () => [], exitCode: 0 });
  } catch (error) {
    if (!(error instanceof NotShown)) throw error;
    return fail("internal", `The demonstration did not show what it claims: ${error.message}`);
  } finally {
    await started.value.close();
  }
}

async function play(place: CallSandbox, { out, err, stopped }: Request["terminal"]): Promise<void> {
  const began = Date.now();
  const narrator = createNarrator(out);
  const progress = createProgress(err);
  const guest = simulated[place.simulation.guest];
  narrator.title("RDP Remediation for Azure VMs: a demonstration");
  narrator.say("What is simulated here: Azure and Windows. Nothing leaves this machine.");
  narrator.say("Azure: a sandbox that speaks ARM over TLS on 127.0.0.1; the real Azure SDKs talk to it unchanged.");
  narrator.say(guest);
  narrator.say("Real: the diagnosis, the plan, the run and its store, all as they work in the cloud.");
  narrator.say(`The VM: ${place.sandbox.world.description}`);
  const local = await composeLocal(place.settings, { onSaved: (run) => progress.saved(viewLocalRun(run)) });
  try {
    const interrupted = once(stopped, "abort").then(() => narrator.giveUp("it was stopped."));
    await Promise.race([runDemo({ ...place, local, progress, narrator }), interrupted]);
  } finally {
    progress.stop();
    await local.close();
  }
  narrator.title(`All of it shown in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  narrator.say(`Once more: Azure was a sandbox, and no real Windows was touched. ${guest}`);
}
