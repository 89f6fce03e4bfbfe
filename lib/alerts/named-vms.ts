import { readArmPath } from "../core/resource-id.ts";
import { parseVmId, type VmId, vmKey } from "../core/vm-id.ts";
import { scaleSetType } from "../core/vm-kinds.ts";
import { type CommonAlert, criteriaOf, dimensionsOf } from "./common-alert.ts";

/** The VMs that an alert is about. */
export interface NamedVms {
  /** No two are the same VM; in the spelling of the alert, which Azure often lower-cases. */
  readonly vms: VmId[];
  /** Whether a scale set as a whole is named beside or instead of VMs and instances. */
  readonly scaleSet: boolean;
}

/**
 * Dimensions, lower-cased, whose value is the resource id of the VM in trouble. A log rule over a workspace is split
 * by one of the first three; the last is of Connection Monitor's metrics, whose other end (`SourceResourceId`) is
 * the machine that probes and must not be repaired. Metrics of a VM fill `ResourceId` with a GUID, which is ignored.
 * Not verified against the real cloud: that `DestinationResourceId` of a VM is its ARM id.
 */
const resourceDimensions = new Set(["_resourceid", "resourceid", "resource", "destinationresourceid"]);

/**
 * Reads the VMs from the first place that names any: the targets, then the dimensions, then the configuration items. Names
 * of computers count for nothing: a log alert takes them from a column that the guest fills, and a guest that calls itself
 * by another VM's name would lead the work there.
 */
export function namedVms(alert: CommonAlert): NamedVms {
  const { alertTargetIDs, configurationItems } = alert.essentials;
  const dimensions = dimensionsOf(alert).filter(({ name }) => resourceDimensions.has(name));
  const places = [[...alertTargetIDs, ...instancesOf(alert)], dimensions.map(({ value }) => value), configurationItems];
  const vms = firstVmsIn(places);
  const isNamedByInstance = vms.some(({ kind }) => kind === "scale-set-instance");
  return { vms, scaleSet: !isNamedByInstance && places.flat().some(isScaleSet) };
}

function isScaleSet(id: string): boolean {
  return readArmPath(id)?.type.toLowerCase() === scaleSetType.toLowerCase();
}

/**
 * A metric of a scale set that is split by instance names it in the dimension `VMName`: `SET_NUMBER` in a uniform set. Only
 * of Azure's own metrics of scale sets, because the names of other dimensions come from the guest or from a query. Sources:
 * learn.microsoft.com, azure/azure-monitor/reference/supported-metrics/microsoft-compute-virtualmachinescalesets-metrics, and
 * azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids. Not verified: the value in a real alert.
 */
function instancesOf(alert: CommonAlert): string[] {
  const [set, ...others] = alert.essentials.alertTargetIDs.filter(isScaleSet);
  if (set === undefined || others.length > 0) return [];
  const [, setName = ""] = /\/([^/]+)$/.exec(set) ?? [];
  return criteriaOf(alert)
    .filter(({ metricNamespace }) => metricNamespace?.toLowerCase() === scaleSetType.toLowerCase())
    .flatMap(({ dimensions }) => dimensions)
    .filter(({ name }) => name.trim().toLowerCase() === "vmname")
    .flatMap(({ value }) => {
      const [, name = "", number] = /^(.+)_(\d+)$/.exec(value?.trim() ?? "") ?? [];
      return name.toLowerCase() === setName.toLowerCase() ? `${set}/virtualMachines/${number}` : [];
    });
}

function firstVmsIn(places: readonly (readonly string[])[]): VmId[] {
  for (const place of places) {
    const found = vmsAmong(place);
    if (found.length > 0) return found;
  }
  return [];
}

function vmsAmong(ids: readonly string[]): VmId[] {
  return firstOfEach(
    ids.map(parseVmId).flatMap((parsed) => (parsed.ok ? [parsed.value] : [])),
    vmKey,
  );
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const found = new Map<string, T>();
  for (const item of items) if (!found.has(keyOf(item))) found.set(keyOf(item), item);
  return [...found.values()];
}
