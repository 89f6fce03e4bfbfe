import type { Delivery } from "../core/delivery.ts";
import type { Result } from "../core/problem.ts";
import type { VmId } from "../core/vm-id.ts";
import type { FleetOperation, Target, TargetResult } from "./fleet-operation.ts";

/** Which VMs an operation is for. */
export type Selection =
  | { readonly kind: "list"; readonly vms: readonly VmId[] }
  /** The Windows VMs of a subscription or resource group, all of them or those with a tag. */
  | {
      readonly kind: "scope";
      readonly scope: string;
      readonly tag?: { readonly name: string; readonly value: string } | undefined;
    }
  /** The VMs that a Resource Graph query returns. */
  | { readonly kind: "query"; readonly query: string; readonly subscriptions: readonly string[] };

/** A VM that Azure knows. */
export interface FoundVm {
  readonly vm: VmId;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Finds the VMs of an operation: a few queries, whatever their number. */
export interface FleetInventory {
  /** In a stable order, without duplicates. A VM of a list that Azure does not show is left out. */
  find(selection: Selection): Promise<Result<FoundVm[]>>;
}

/** What Azure still grants in one subscription, from the headers of its latest answers. `null`: not known. */
export interface ArmAllowance {
  readonly reads: number | null;
  readonly writes: number | null;
  readonly deletes: number | null;
  /** Nothing should be asked before (milliseconds since 1970); 0: at once. */
  readonly blockedUntil: number;
}

export interface ArmBudget {
  allowanceOf(subscriptionId: string): ArmAllowance;
}

export interface StoredOperation {
  readonly operation: FleetOperation;
  readonly version: number;
}

/** Keeps operations, their targets and the results of these. */
export interface OperationStore {
  /** All or nothing; `exists` when the id is taken: nothing is written then. */
  createOperation(operation: FleetOperation, targets: readonly Target[]): Promise<"created" | "exists">;
  getOperation(id: string): Promise<StoredOperation | null>;
  /**
   * Saves the operation, these results and the deliveries of what happened to it as one. `conflict` when the operation was saved by another caller since:
   * nothing is written then.
   */
  saveOperation(
    operation: FleetOperation,
    version: number,
    results: readonly TargetResult[],
    deliveries?: readonly Delivery[],
  ): Promise<"saved" | "conflict">;
  /** The targets with the numbers `from` up to, not including, `to`, in their order. */
  targetsOf(id: string, from: number, to: number): Promise<Target[]>;
  /** The results among the numbers `from` up to, not including, `to`, in their order. */
  resultsOf(id: string, from: number, to: number): Promise<TargetResult[]>;
  /** Newest first; `after` is the `next` of the page before. */
  listOperations(query: { unfinished?: boolean; limit: number; after?: string }): Promise<{
    readonly operations: FleetOperation[];
    readonly next: string | null;
  }>;
  /** Deletes an ended operation with all that is kept of it; no effect on any other. */
  removeOperation(operation: FleetOperation): Promise<void>;
}
