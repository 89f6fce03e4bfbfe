import { z } from "zod";

/*
 * Spot VMs: Azure evicts them when it needs their capacity, or when the price exceeds the maximum that was set. Source:
 * learn.microsoft.com, azure/virtual-machines/spot-vms and -/error-codes-spot; the annotation: azure/service-health/
 * resource-health-vm-annotation. Neither the VM nor its instance view says that it was evicted.
 */

export const Spot = z.strictObject({
  /** `Deallocate` or `Delete`; `null`: Azure did not say, and its default is Deallocate. */
  evictionPolicy: z.string().nullable(),
  /** Of an hour, in US dollars; -1 or `null`: the VM is not evicted for its price. */
  maxPrice: z.number().nullable(),
});
export type Spot = z.infer<typeof Spot>;

/** Why Azure evicts this VM, as a clause. */
export function evictionReasons({ maxPrice }: Spot): string {
  const price = maxPrice !== null && maxPrice >= 0 ? `, or for a price above ${maxPrice} USD an hour` : "";
  return `Azure evicts it for its capacity${price}`;
}

/** Whether an eviction may be the reason for this power state: it deallocates, and never only stops. */
export function mayBeEvicted({ powerState, spot }: { powerState: string; spot?: Spot | undefined }): boolean {
  return spot !== undefined && /^dealloc/.test(powerState);
}
