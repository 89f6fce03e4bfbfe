import { createOperation } from "../../lib/fleet/create-operation.ts";
import { FleetPolicy, type Target } from "../../lib/fleet/fleet-operation.ts";
import { fixtureTime } from "../fixtures/evidence.ts";

export const anOperationId = "00000000-0000-4000-8000-0000000f1ee7";

export const subscriptions = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;

/** A target told from others by its number, in one of two subscriptions and two regions. */
export function aTarget(number: number): Target {
  return {
    vm: {
      subscriptionId: number % 3 === 0 ? subscriptions[1] : subscriptions[0],
      resourceGroup: "rg-app",
      name: `vm-${String(number).padStart(5, "0")}`,
    },
    location: number % 4 === 0 ? "northeurope" : "westeurope",
  };
}

export function targets(count: number): Target[] {
  return Array.from({ length: count }, (_, number) => aTarget(number));
}

/** A new operation over so many VMs, with what a store keeps beside it. */
export function newOperation(
  count: number,
  policy: Partial<FleetPolicy> = {},
  {
    id = anOperationId,
    by = "a test",
    objectId,
    at = fixtureTime,
    intent = "repair" as "diagnose" | "repair",
  }: {
    id?: string;
    by?: string;
    objectId?: string;
    at?: string;
    intent?: "diagnose" | "repair";
  } = {},
) {
  const created = createOperation(
    {
      id,
      intent,
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] },
      trigger: { kind: "http", by, ...(objectId && { objectId }) },
      request: "digest",
      selection: `${count} VMs`,
      policy: FleetPolicy.parse(policy),
      targets: targets(count),
    },
    new Date(at),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}
