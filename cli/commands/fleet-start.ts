import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { inFleet, startAndFollow } from "../fleet.ts";
import { readSelection } from "../fleet-selection.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Starts an operation over many VMs and follows it to its end. */
export async function startFleet(request: Request, intent: "diagnose" | "repair"): Promise<Result<Report>> {
  const { options } = request;
  const policy = readPolicy(options);
  if (!policy.ok) return policy;
  const selected = readSelection(options);
  if (!selected.ok) return selected;
  const start = { intent, policy: policy.value, selection: selected.value };
  return inFleet(request, (session) => startAndFollow(request, session, start));
}

function readPolicy(options: Options): Result<FleetPolicy> {
  const given = {
    canary: options.canary,
    waves: options.waves,
    atWork: options["at-work"],
    perSubscription: options["per-subscription"],
    perRegion: options["per-region"],
    failurePercent: options["max-failures"],
    busy: options.busy,
  };
  const parsed = FleetPolicy.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined)),
  );
  if (parsed.success) return ok(parsed.data);
  return fail("invalid-input", "--waves cannot be used: give growing percentages that end with 100, e.g. 10,50,100.");
}
