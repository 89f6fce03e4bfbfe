import type {
  AccessRequester,
  AlertReporter,
  AzureReader,
  GuestChannel,
  RunCommandSweeper,
  VmFinder,
  VmPower,
} from "../runs/ports.ts";
import { createAlertReporter } from "./alert-reporter.ts";
import { createGuestChannel } from "./channel.ts";
import { type AzureConnection, createClients } from "./clients.ts";
import { createAccessRequester } from "./jit-request.ts";
import { createVmPower } from "./power.ts";
import { createAzureReader } from "./reader.ts";
import { createRunCommandSweeper } from "./sweeper.ts";
import { createVmFinder } from "./vm-finder.ts";

export { createCredential } from "./credential.ts";

/**
 * The Azure side of a run, over the real SDKs. Nothing is asked of Azure before the first call of a port. The SDKs
 * take a fifth of a second to load: import this module when it is needed.
 * `onPremises` are the ranges behind a gateway, as CIDRs.
 * @throws TypeError when the endpoint is no https address.
 */
export function connectAzure(connection: AzureConnection & { readonly onPremises?: readonly string[] }): {
  reader: AzureReader;
  channel: GuestChannel;
  power: VmPower;
  alerts: AlertReporter;
  access: AccessRequester;
  sweeper: RunCommandSweeper;
  finder: VmFinder;
} {
  const clients = createClients(connection);
  return {
    reader: createAzureReader(clients, connection.onPremises),
    channel: createGuestChannel(clients),
    power: createVmPower(clients),
    alerts: createAlertReporter(clients),
    access: createAccessRequester(clients),
    sweeper: createRunCommandSweeper(clients),
    finder: createVmFinder(clients),
  };
}
