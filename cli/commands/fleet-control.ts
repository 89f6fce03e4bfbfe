import { fail, ok, type Result } from "../../lib/core/problem.ts";
import type { OperationView } from "../../lib/fleet/operation-view.ts";
import { followFleet, inFleet, reportOperation } from "../fleet.ts";
import type { FleetPort } from "../fleet-port.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { readOperationId } from "../target.ts";

/** Starts no further VM for now; whatever works on the operation notices by itself. */
export async function pauseFleet(request: Request): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return inFleet(request, async ({ fleet, place }) => {
    const paused = await fleet.signal(id.value, "pause");
    return paused.ok ? ok({ ...reportOperation(paused.value, place), exitCode: 0 }) : paused;
  });
}

/** Goes on with a paused or interrupted operation and follows it to its end. */
export function resumeFleet(request: Request): Promise<Result<Report>> {
  return changeAndFollow(request, async (fleet, id) => {
    const found = await fleet.get(id);
    return found.ok && found.value.state === "paused" ? fleet.signal(id, "resume") : found;
  });
}

/** Ends an operation, and waits for what is at work. */
export function cancelFleet(request: Request): Promise<Result<Report>> {
  return changeAndFollow(request, (fleet, id) => fleet.signal(id, "cancel"));
}

/** Decides about all waiting plans of one kind. */
export async function decideFleet(request: Request): Promise<Result<Report>> {
  const { approve, reject, plan } = request.options;
  if (approve === reject) return fail("invalid-input", "Give either --approve or --reject.");
  if (plan === undefined) return fail("invalid-input", "Which plans? Give --plan with a kind that fleet show names.");
  return changeAndFollow(request, (fleet, id) => fleet.decide(id, { plan, approved: approve }));
}

async function changeAndFollow(
  request: Request,
  change: (fleet: FleetPort, id: string) => Promise<Result<OperationView>>,
): Promise<Result<Report>> {
  const id = readOperationId(request);
  if (!id.ok) return id;
  return inFleet(request, async (session) => {
    const changed = await change(session.fleet, id.value);
    return changed.ok ? followFleet(request, session, id.value) : changed;
  });
}
