import type { WorldVm } from "../../world.ts";
import {
  anotherOperationInProgress,
  invalidParameter,
  parentResourceNotFound,
  resourceNotFound,
  vmNotRunning,
} from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply, type Reply } from "../http.ts";
import type { Machine } from "../machine.ts";
import { operationHeaders } from "../operations.ts";
import type { ArmRequest, Handler } from "../route.ts";
import { noInstance } from "../scale-sets.ts";
import { waitSeconds } from "../wait-seconds.ts";

/** A handler for one VM; answers ARM's 404 when the VM does not exist. */
export function onMachine(
  handle: (request: ArmRequest, machine: Machine, azure: Azure) => Reply | Promise<Reply>,
): Handler {
  return (request, azure) => {
    const machine = machineOf(request, azure);
    if (machine) return handle(request, machine, azure);
    const { resourceGroup = "", vm = "" } = request.params;
    const [, type = ""] = /\/providers\/([^/]+\/[^/]+)/i.exec(request.path) ?? [];
    return noInstance(request.params, azure) ?? resourceNotFound(`${type}/${vm}`, resourceGroup);
  };
}

/** Like `onMachine`, for writing a child: ARM then complains about its parent. */
export function belowMachine(
  handle: (request: ArmRequest, machine: Machine, azure: Azure) => Reply | Promise<Reply>,
): Handler {
  return (request, azure) => {
    const machine = machineOf(request, azure);
    if (machine) return handle(request, machine, azure);
    return noInstance(request.params, azure) ?? parentResourceNotFound(request.params.vm ?? "");
  };
}

function machineOf({ path }: ArmRequest, azure: Azure): Machine | undefined {
  const asked = `${path.toLowerCase().replace(/\/+$/, "")}/`;
  return azure.machines.find(({ key }) => asked.startsWith(`${key}/`));
}

export const getVirtualMachine = getMachine(describeMachine);

/** The read of a VM or of an instance, with its instance view where it is asked for. */
export function getMachine(describe: (machine: Machine, azure: Azure, withView: boolean) => object): Handler {
  return onMachine((request, machine, azure) => {
    const expand = request.query.get("$expand");
    if (expand !== null && !/^(instanceView|userData)$/i.test(expand)) {
      return invalidParameter(`The value of the query parameter $expand is invalid: '${expand}'.`);
    }
    return jsonReply(describe(machine, azure, expand?.toLowerCase() === "instanceview"));
  });
}

export const getInstanceView = onMachine((_, machine, azure) => jsonReply(instanceViewOf(machine, azure)));

export const listVirtualMachines: Handler = ({ params }, azure) => {
  const { subscription = "", resourceGroup } = params;
  const value = azure.machines
    .filter((one) => same(one.subscriptionId, subscription))
    .filter((one) => resourceGroup === undefined || same(one.resourceGroup, resourceGroup))
    .filter(({ spec }) => spec.kind === "virtual-machine")
    .map((one) => describeMachine(one, azure, false));
  return jsonReply({ value });
};

export const restartVirtualMachine = onMachine(({ apiVersion }, machine, azure) => {
  if (machine.restarting) return anotherOperationInProgress();
  if (machine.powerState !== "running") return vmNotRunning();
  const operation = azure.operations.begin(
    { location: machine.location, subscription: machine.subscriptionId, vm: machine.key },
    restart(machine, azure),
  );
  return { status: 202, headers: operationHeaders(operation, azure.origin, apiVersion) };
});

async function restart(machine: Machine, azure: Azure): Promise<{ ok: true }> {
  const agent = machine.agent;
  machine.restarting = true;
  machine.provisioningState = "Updating";
  machine.agent = "not-ready";
  azure.log(`${machine.name}: restarts`);
  await waitSeconds(azure.clock, azure.world.restartSeconds, azure.closing);
  machine.windows?.reboot();
  machine.agent = agent;
  machine.restarting = false;
  machine.provisioningState = "Succeeded";
  return { ok: true };
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function describeMachine(machine: Machine, azure: Azure, withView: boolean): object {
  const { name, id, location, spec, resourceGroup, subscriptionId } = machine;
  const scaleSet = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/${spec.scaleSet}`;
  return {
    name,
    id,
    type: "Microsoft.Compute/virtualMachines",
    location,
    tags: spec.tags,
    ...(spec.extensions.some(({ part }) => part === "resource") && { resources: extensionsOf(machine) }),
    properties: {
      ...modelOf(machine),
      ...priorityOf(spec),
      ...(spec.scaleSet && { virtualMachineScaleSet: { id: scaleSet } }),
      ...(withView && { instanceView: instanceViewOf(machine, azure) }),
    },
  };
}

/** Priority, eviction policy and the price, as the model of a Spot VM or of its scale set has them. */
export function priorityOf({ spot }: WorldVm): object {
  if (!spot) return {};
  return { priority: "Spot", evictionPolicy: spot.evictionPolicy, billingProfile: { maxPrice: spot.maxPrice } };
}

/** The members that a VM and an instance of a uniform scale set share. */
export function modelOf(machine: Machine): object {
  const { spec, vmId } = machine;
  const name = machine.name.replace("/", "_");
  const windows = spec.osType === "Windows";
  return {
    vmId,
    provisioningState: machine.provisioningState,
    hardwareProfile: { vmSize: "Standard_D2s_v5" },
    storageProfile: {
      imageReference: windows
        ? {
            publisher: "MicrosoftWindowsServer",
            offer: "WindowsServer",
            sku: "2022-datacenter-azure-edition",
            version: "latest",
          }
        : { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
      osDisk: { osType: spec.osType, name: `${name}-os`, createOption: "FromImage", caching: "ReadWrite" },
      dataDisks: [],
    },
    osProfile: {
      computerName: machine.windows?.state.system.computerName ?? name,
      adminUsername: "azureuser",
      allowExtensionOperations: true,
      ...(windows
        ? { windowsConfiguration: { provisionVMAgent: true, enableAutomaticUpdates: true } }
        : { linuxConfiguration: { provisionVMAgent: true } }),
    },
    networkProfile: {
      networkInterfaces: machine.nicIds.map((nic, index) => ({
        id: nic,
        // A VM with one NIC has no such member. Recorded: azure-cli, 2025.
        ...(machine.nicIds.length > 1 && { properties: { primary: index === 0 } }),
      })),
    },
    timeCreated: "2026-01-05T09:00:00Z",
  };
}

const powerWords: Record<WorldVm["powerState"], string> = {
  running: "VM running",
  starting: "VM starting",
  stopping: "VM stopping",
  stopped: "VM stopped",
  deallocating: "VM deallocating",
  deallocated: "VM deallocated",
};

export function instanceViewOf(machine: Machine, azure: Azure): object {
  const { provisioningState, powerState } = machine;
  const system = machine.windows?.state.system;
  const running = powerState === "running";
  return {
    ...(running && {
      computerName: system?.computerName ?? machine.name,
      osName: system ? windowsName(system.build) : "ubuntu",
      osVersion: system ? `${system.build < 10_240 ? "6.3" : "10.0"}.${system.build}` : "24.04",
      ...vmAgentOf(machine, azure),
    }),
    hyperVGeneration: "V2",
    disks: [],
    statuses: [
      {
        code: `ProvisioningState/${provisioningState.toLowerCase()}`,
        level: provisioningState === "Failed" ? "Error" : "Info",
        displayStatus: `Provisioning ${provisioningState.toLowerCase()}`,
        time: azure.now().toISOString(),
      },
      { code: `PowerState/${powerState}`, level: "Info", displayStatus: powerWords[powerState] },
    ],
  };
}

/** The agent reports the name of the product; builds before 10.0 are those of Server 2012 R2 here. */
export function windowsName(build: number): string {
  if (build < 10_240) return "Windows Server 2012 R2 Datacenter";
  if (build < 17_763) return "Windows Server 2016 Datacenter";
  if (build < 20_348) return "Windows Server 2019 Datacenter";
  if (build < 26_100) return "Windows Server 2022 Datacenter Azure Edition";
  return "Windows Server 2025 Datacenter Azure Edition";
}

/** Only those that the world describes: the others work. */
function handlersOf({ extensions }: WorldVm): object[] {
  return extensions
    .filter(({ part }) => part === "handler")
    .map(({ type, state, message }) => ({
      type: `Microsoft.CPlat.Core.${type}`,
      typeHandlerVersion: type === "RunCommandWindows" ? "1.1.18" : "2.0.14",
      status: { code: "ProvisioningState/failed/1009", level: "Error", displayStatus: state, message },
    }));
}

/** The extensions of the VM as its child resources, e.g. one whose removal did not end (Azure/azure-cli#14106). */
export function extensionsOf({ id, spec, location, type: parent }: Machine): object[] {
  return spec.extensions
    .filter(({ part }) => part === "resource")
    .map(({ type, state }) => ({
      name: type,
      id: `${id}/extensions/${type}`,
      type: `${parent}/extensions`,
      location,
      properties: { publisher: "Microsoft.CPlat.Core", type, typeHandlerVersion: "1.1", provisioningState: state },
    }));
}

function vmAgentOf({ agent, spec }: Machine, azure: Azure): object {
  if (agent === "absent") return {};
  const ready = agent === "ready";
  const status = ready
    ? {
        code: "ProvisioningState/succeeded",
        level: "Info",
        displayStatus: "Ready",
        message: "GuestAgent is running and processing the extensions.",
      }
    : {
        code: "ProvisioningState/Unavailable",
        level: "Warning",
        displayStatus: "Not Ready",
        message: "VM status blob is found but not yet populated.",
      };
  return {
    vmAgent: {
      vmAgentVersion: ready ? "2.7.41491.1172" : "Unknown",
      statuses: [{ ...status, time: azure.now().toISOString() }],
      extensionHandlers: handlersOf(spec),
    },
  };
}
