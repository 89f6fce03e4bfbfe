import { randomUUID } from "node:crypto";
import type { Run } from "../../../lib/core/run.ts";
import { parseVmId } from "../../../lib/core/vm-id.ts";
import { createRun } from "../../../lib/runs/intake/create-run.ts";
import { undoRequest } from "../../../lib/runs/intake/service.ts";
import { comparableState } from "../../../sandbox/windows/comparable.ts";
import { sandboxSubscription, World } from "../../../sandbox/world.ts";
import { readWorld } from "../../fixtures/sandbox-service.ts";
import type { CampaignRig } from "../rig.ts";

export const scenarioNames = ["repair", "restart", "undo", "access", "arc", "scale-set"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** One run, whose every call is disturbed in turn. Together the scenarios make every call that the product makes of ARM. */
export interface Scenario {
  /** The outcome without a fault. */
  readonly outcome: NonNullable<Run["outcome"]>["kind"];
  /** The steps whose scripts change Windows. */
  readonly changes: readonly string[];
  world(): World;
  /** The run that is disturbed; what must go before it is done undisturbed. */
  prepare(rig: CampaignRig): Promise<Run>;
}

/** Clients come by a public address, by a load balancer and by Bastion, and a route table stands on the subnet. */
function networkWith(rules: readonly object[], more: object = {}): object {
  return {
    subnets: [{ routeTable: { routes: [{ name: "out", addressPrefix: "0.0.0.0/0", nextHopType: "Internet" }] } }],
    loadBalancer: { publicAddress: "20.50.60.80" },
    bastion: {},
    nics: [
      {
        publicAddress: "20.50.60.70",
        natRules: [{ name: "rdp", frontPort: 50001 }],
        securityGroup: { name: "nsg-app", rules },
      },
    ],
    ...more,
  };
}

const allowed = { name: "allow-rdp", priority: 300, access: "Allow", source: "203.0.113.0/24" };
const closedByJit = { name: "SecurityCenter-JITRule_-1_A", priority: 200, access: "Deny" };

function worldWith(name: string, network?: object, more: object = {}): World {
  const world = readWorld(name);
  const vms = world.vms.map((vm) => ({ ...vm, ...(network && { network }), ...more }));
  return World.parse({ ...world, vms, roles: ["jit-requester"] });
}

const sources = ["203.0.113.7"];

function runOn(rig: CampaignRig, intent: "repair", options: object, trigger: Run["trigger"] = byTest): Run {
  const vm = parseVmId(rig.vm.id);
  if (!vm.ok) throw new Error(vm.problem.message);
  const all = {
    force: false,
    dryRun: false,
    maximumRisk: "interrupts-sessions" as const,
    sources,
    ...options,
  };
  const created = createRun({ id: randomUUID(), vm: vm.value, intent, options: all, trigger }, rig.now());
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

const byTest: Run["trigger"] = { kind: "http", by: "a campaign" };

function byAlert(rig: CampaignRig): Run["trigger"] {
  const id = `/subscriptions/${sandboxSubscription}/providers/Microsoft.AlertsManagement/alerts/${rig.newAlert()}`;
  return { kind: "alert", by: "a rule", alert: { id, cause: "a campaign", untagged: "repair" } };
}

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  repair: {
    outcome: "repaired",
    changes: ["apply-2"],
    world: () => worldWith("enable-remote-desktop", networkWith([allowed])),
    prepare: async (rig) => runOn(rig, "repair", {}, byAlert(rig)),
  },
  restart: {
    outcome: "repaired",
    changes: ["apply-2"],
    world: () => worldWith("cipher-policy-needs-restart"),
    prepare: async (rig) => runOn(rig, "repair", { maximumRisk: "reboots", sources: [] }),
  },
  undo: {
    outcome: "undone",
    changes: ["undo-2"],
    world: () => worldWith("enable-remote-desktop"),
    async prepare(rig) {
      const repaired = await rig.runToEnd(runOn(rig, "repair", {}));
      if (repaired.state !== "ended") throw new Error("The repair before the undo has ended.");
      const trigger = byTest;
      const request = undoRequest(repaired, randomUUID(), { force: false, trigger });
      const created = request.ok ? createRun(request.value, rig.now()) : request;
      if (!created.ok) throw new Error(created.problem.message);
      return created.value;
    },
  },
  access: {
    outcome: "repaired",
    changes: ["apply-2"],
    world: () => worldWith("enable-remote-desktop", networkWith([closedByJit], { jit: {} })),
    prepare: async (rig) => runOn(rig, "repair", { requestAccess: true, maximumRisk: "opens-network" }),
  },
  /** An Arc-enabled server, whose scripts go through another resource provider. */
  arc: {
    outcome: "repaired",
    changes: ["apply-2"],
    world: () => worldWith("arc-enabled-server"),
    prepare: async (rig) => runOn(rig, "repair", { sources: [] }),
  },
  /** An instance of a uniform scale set, which has resources of its own for everything. */
  "scale-set": {
    outcome: "repaired",
    changes: ["apply-2"],
    world: () =>
      worldWith("cipher-policy-needs-restart", networkWith([allowed]), {
        kind: "scale-set-instance",
        name: "vmss-app/3",
      }),
    prepare: async (rig) => runOn(rig, "repair", { maximumRisk: "reboots" }),
  },
};

/** The state of the VM's Windows, without what changes by itself. */
export function windowsOf({ sandbox, vm }: CampaignRig) {
  return comparableState(sandbox.windows(vm.name).state);
}
