import { resourceNotFound } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply } from "../http.ts";
import type { Machine } from "../machine.ts";
import type { Handler } from "../route.ts";
import { membersOf } from "../scale-sets.ts";
import { extensionsOf, getMachine, instanceViewOf, modelOf, priorityOf } from "./virtual-machines.ts";

/*
 * Scale sets, and the instances of uniform ones. Shapes: recorded, azure-cli, test_vmss_nics (the list of instances); the
 * policies from VirtualMachineScaleSet and VirtualMachineScaleSetVM of Microsoft.Compute, not recorded.
 */

export const getInstance = getMachine(describeInstance);

export const listInstances: Handler = ({ params }, azure) => {
  const instances = membersOf(params, azure).filter(({ spec }) => spec.kind === "scale-set-instance");
  return jsonReply({ value: instances.map((machine) => describeInstance(machine, azure, false)) });
};

export const getScaleSet: Handler = ({ params, path }, azure) => {
  const members = membersOf(params, azure);
  const [first] = members;
  if (!first) {
    return resourceNotFound(`Microsoft.Compute/virtualMachineScaleSets/${params.scaleSet}`, params.resourceGroup ?? "");
  }
  return jsonReply(describeSet(path, first, members.length));
};

function describeInstance(machine: Machine, azure: Azure, withView: boolean): object {
  const { name, id, type, location, spec } = machine;
  const [, instanceId] = name.split("/");
  const { isLatestModel, protection } = spec.instance;
  return {
    name: name.replace("/", "_"),
    id,
    type,
    location,
    tags: spec.tags,
    instanceId,
    sku: { name: "Standard_D2s_v5", tier: "Standard" },
    ...(spec.extensions.some(({ part }) => part === "resource") && { resources: extensionsOf(machine) }),
    properties: {
      latestModelApplied: isLatestModel,
      modelDefinitionApplied: "VirtualMachineScaleSet",
      ...modelOf(machine),
      ...(protection !== "none" && {
        protectionPolicy: {
          protectFromScaleIn: true,
          ...(protection === "scale-set-actions" && { protectFromScaleSetActions: true }),
        },
      }),
      ...(withView && { instanceView: instanceViewOf(machine, azure) }),
    },
  };
}

function describeSet(path: string, { spec, location }: Machine, capacity: number): object {
  const isUniform = spec.kind === "scale-set-instance";
  const { upgradeMode, upgradesImages, repairAction, setTags } = spec.instance;
  return {
    name: isUniform ? spec.name.split("/")[0] : spec.scaleSet,
    id: path,
    type: "Microsoft.Compute/virtualMachineScaleSets",
    location,
    tags: setTags,
    sku: { name: "Standard_D2s_v5", tier: "Standard", capacity },
    properties: {
      singlePlacementGroup: isUniform,
      orchestrationMode: isUniform ? "Uniform" : "Flexible",
      ...(isUniform && {
        upgradePolicy: {
          mode: upgradeMode,
          ...(upgradesImages && { automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } }),
        },
        ...(repairAction && { automaticRepairsPolicy: { enabled: true, gracePeriod: "PT10M", repairAction } }),
        overprovision: false,
      }),
      ...(isUniform && spec.spot && { virtualMachineProfile: priorityOf(spec) }),
      provisioningState: "Succeeded",
    },
  };
}
