import { mayDo } from "./access/access-rules.ts";
import { fail, type Problem } from "./core/problem.ts";
import type { Run } from "./core/run.ts";
import { placesForOperations } from "./fleet/fleet-engine.ts";
import type { PlanDecision } from "./fleet/fleet-operation.ts";
import type { ArmBudget, OperationStore } from "./fleet/ports.ts";
import { createFleetStepper, type FleetStepper, type FleetStepperOptions } from "./fleet/stepper.ts";
import type { RunService } from "./runs/intake/service.ts";
import type { RunEngine, RunStore } from "./runs/ports.ts";
import type { Settings } from "./settings.ts";

/** The steps of operations over the runs of an engine, within the limits and rules of the settings. */
export function composeFleetStepper(
  { runsAtWork, access, api }: Pick<Settings, "runsAtWork" | "access" | "api">,
  parts: {
    readonly store: OperationStore & RunStore;
    readonly engine: RunEngine;
    readonly service: RunService;
    readonly budget: ArmBudget;
    readonly now: () => Date;
    readonly deliveriesOf?: FleetStepperOptions["deliveriesOf"];
    readonly watchers?: FleetStepperOptions["watchers"];
  },
): FleetStepper {
  return createFleetStepper({
    ...parts,
    places: placesForOperations(runsAtWork),
    allowSelfApproval: api.allowSelfApproval,
    ...(access && { refuseApproval: (run, decision) => refuseApproval(access, run, decision) }),
  });
}

/** The approval of a kind of plan counts on the VMs on which its approver may approve. */
function refuseApproval(
  rules: NonNullable<Settings["access"]>,
  { vm, before, trigger }: Run,
  { by, principals = [] }: PlanDecision,
): Problem | null {
  if (trigger.kind === "terminal") return null;
  const answer = mayDo(rules, principals, "approve", vm, before?.azure.vm.tags ?? {});
  if (answer === "allowed") return null;
  return fail("access-denied", `${by} may not approve changes of VM ${vm.name}: no access rule allows it.`).problem;
}
