import { randomUUID } from "node:crypto";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { createOperation } from "../../lib/fleet/create-operation.ts";
import { FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { describeSelection, selectTargets } from "../../lib/fleet/select-targets.ts";
import { followFleet, inFleet } from "../fleet.ts";
import { readSelection, sandboxSelection } from "../fleet-selection.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { userName } from "../session.ts";
import { runOptions } from "../start-run.ts";

/** Starts an operation over many VMs and follows it to its end. */
export async function startFleet(request: Request, intent: "diagnose" | "repair"): Promise<Result<Report>> {
  const { options } = request;
  const policy = readPolicy(options);
  if (!policy.ok) return policy;
  const selected = readSelection(options);
  if (!selected.ok) return selected;
  return inFleet(request, async (opened) => {
    const { local, place } = opened;
    const selection = selected.value ?? sandboxSelection(place.sandbox?.firstVm);
    const found = await selectTargets(local.inventory, selection, async () => ok(true));
    if (!found.ok) return found;
    const created = createOperation(
      {
        id: randomUUID(),
        intent,
        // Nobody is asked about single plans: what is riskier than --max-risk waits for a decision.
        options: runOptions(options, intent, null),
        trigger: { kind: "terminal", by: userName() },
        request: "",
        selection: describeSelection(selection),
        policy: policy.value,
        targets: found.value.targets,
      },
      new Date(),
    );
    if (!created.ok) return created;
    const { id } = await local.fleet.start(created.value);
    return followFleet(request, opened, id);
  });
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
