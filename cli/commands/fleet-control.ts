import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { decideAboutPlans } from "../../lib/fleet/fleet-engine.ts";
import type { FleetSignal } from "../../lib/fleet/machine/events.ts";
import { followFleet, inFleet, reportOperation } from "../fleet.ts";
import { userName } from "../local-runs.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { readOperationId } from "../target.ts";

/** Starts no further VM for now; the process that works on the operation notices by itself. */
export async function pauseFleet(request: Request): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return inFleet(request, async ({ local, place }) => {
    const paused = await local.fleet.signal(id.value, { kind: "pause", by: userName() });
    return paused.ok ? ok({ ...reportOperation(paused.value, place), exitCode: 0 }) : paused;
  });
}

/** Goes on with a paused or interrupted operation and follows it to its end. */
export async function resumeFleet(request: Request): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return inFleet(request, async (opened) => {
    const found = await opened.local.fleet.get(id.value);
    if (!found.ok) return found;
    if (found.value.state === "paused") {
      const resumed = await opened.local.fleet.signal(id.value, { kind: "resume", by: userName() });
      if (!resumed.ok) return resumed;
    }
    return followFleet(request, opened, id.value);
  });
}

/** Ends an operation, and waits for what is at work. */
export function cancelFleet(request: Request): Promise<Result<Report>> {
  return signalAndFollow(request, async () => ok({ kind: "cancel", by: userName() }));
}

/** Decides about all waiting plans of one kind. */
export async function decideFleet(request: Request): Promise<Result<Report>> {
  const { approve, reject, plan } = request.options;
  if (approve === reject) return fail("invalid-input", "Give either --approve or --reject.");
  if (plan === undefined) return fail("invalid-input", "Which plans? Give --plan with a kind that fleet show names.");
  return signalAndFollow(request, async (operation) => {
    const { fingerprint = plan } = operation.active.find((one) => one.plan?.fingerprint.startsWith(plan))?.plan ?? {};
    return decideAboutPlans(operation, { kind: "decide", fingerprint, approved: approve, by: userName() }, true);
  });
}

async function signalAndFollow(
  request: Request,
  signalFor: (operation: Parameters<typeof decideAboutPlans>[0]) => Promise<Result<FleetSignal>>,
): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return inFleet(request, async (opened) => {
    const found = await opened.local.fleet.get(id.value);
    if (!found.ok) return found;
    const signal = await signalFor(found.value);
    if (!signal.ok) return signal;
    const taken = await opened.local.fleet.signal(id.value, signal.value);
    return taken.ok ? followFleet(request, opened, id.value) : taken;
  });
}
