import type { ArmBudget, FleetInventory } from "../fleet/ports.ts";
import type {
  AccessRequester,
  AlertReporter,
  AzureReader,
  GuestChannel,
  RunCommandLister,
  TagReader,
  VmPower,
} from "../runs/ports.ts";
import { createAlertReporter } from "./alert-reporter.ts";
import { createArmGauge } from "./arm-gauge.ts";
import { createAzureReader } from "./azure-reader.ts";
import { callAzure } from "./call-azure.ts";
import { type AzureConnection, createClients } from "./clients.ts";
import { createFleetInventory } from "./fleet-inventory.ts";
import { createAccessRequester } from "./jit-request.ts";
import { createRunCommandLister } from "./list-run-commands.ts";
import { createRunCommandChannel } from "./run-command-channel.ts";
import { createTagReader } from "./tag-reader.ts";
import { createVmPower } from "./vm-power.ts";

export { createCredential } from "./credential.ts";

/**
 * The Azure side of a run, over the real SDKs. Nothing is asked of Azure before the first call of a port. The SDKs
 * take a fifth of a second to load: import this module when it is needed.
 * `onPremises` are the ranges behind a gateway, as CIDRs.
 * @throws TypeError when the endpoint is no https address.
 */
export function connectAzure(
  connection: AzureConnection & {
    readonly onPremises?: readonly string[];
    /** How scripts travel; whole when absent. */
    readonly scripts?: "whole" | "compressed";
    /** The clock by which Azure's allowance refills; the machine's when absent. */
    readonly now?: () => Date;
  },
): {
  reader: AzureReader;
  channel: GuestChannel;
  power: VmPower;
  alerts: AlertReporter;
  access: AccessRequester;
  runCommands: RunCommandLister;
  tagReader: TagReader;
  inventory: FleetInventory;
  budget: ArmBudget;
  /** Checks that ARM answers, and takes the token. @throws what prevents it */
  check(): Promise<void>;
} {
  const budget = createArmGauge(connection.now ?? (() => new Date()));
  const clients = createClients({ ...connection, observer: budget.policy });
  return {
    reader: createAzureReader(clients, connection.onPremises),
    channel: createRunCommandChannel(clients, connection.scripts),
    power: createVmPower(clients),
    alerts: createAlertReporter(clients),
    access: createAccessRequester(clients),
    runCommands: createRunCommandLister(clients),
    tagReader: createTagReader(clients),
    inventory: createFleetInventory(clients),
    budget,
    // Needs no right: whoever signs in may ask what they see. A throttled answer is an answer.
    async check() {
      const asked = await callAzure("reach Azure Resource Manager", () =>
        clients.get("/subscriptions", { "api-version": "2022-12-01" }),
      );
      if (!asked.ok && asked.problem.code !== "throttled") throw new Error(asked.problem.message);
    },
  };
}
