import type { Delivery } from "../core/delivery.ts";
import type { Run } from "../core/run.ts";
import type { FleetOperation } from "../fleet/fleet-operation.ts";
import { type Happening, toEvent } from "./event.ts";
import { happeningsOfOperation } from "./operation-happenings.ts";
import type { Receiver } from "./receiver.ts";
import { selects } from "./rules.ts";
import { happeningsOfRun } from "./run-happenings.ts";

export interface DeliveryOptions {
  readonly receivers: readonly Receiver[];
  /** The service's own URL, without a slash at the end: the source of the events, and where links lead. */
  readonly publicUrl: string;
  /** Called when an event could not be made: a defect, which must not keep a run from being saved. */
  readonly onFailure: (error: unknown, subject: string) => void;
}

/** What is to be sent about a run or operation that is saved; `version` is the one that it gets. */
export interface Deliveries {
  ofRun(run: Run, former: Run, version: number): Delivery[];
  ofOperation(operation: FleetOperation, former: FleetOperation, version: number): Delivery[];
}

/** More events than one save has. The version of the run or operation is the other part of their numbers. */
const eventsPerVersion = 100;

export function createDeliveries({ receivers, publicUrl, onFailure }: DeliveryOptions): Deliveries {
  function deliver(
    happened: () => Happening[],
    { subject, version, at, subscriptions }: { subject: string; version: number; at: string; subscriptions: string[] },
  ): Delivery[] {
    try {
      return happened().flatMap((happening, number) => {
        const sequence = version * eventsPerVersion + number;
        const event = JSON.stringify(toEvent(happening, { source: publicUrl, subject, sequence, at }));
        return receivers
          .filter((receiver) => selects(receiver, happening, subscriptions, new Date(at)))
          .map(({ name }) => ({ receiver: name, subject, sequence, event, at }));
      });
    } catch (error) {
      onFailure(error, subject);
      return [];
    }
  }

  return {
    ofRun: (run, former, version) =>
      deliver(() => happeningsOfRun(run, former, publicUrl), {
        subject: run.id,
        version,
        at: run.updatedAt,
        subscriptions: [],
      }),
    ofOperation: (operation, former, version) =>
      deliver(() => happeningsOfOperation(operation, former, publicUrl), {
        subject: operation.id,
        version,
        at: operation.updatedAt,
        subscriptions: operation.lanes.map(({ subscriptionId }) => subscriptionId),
      }),
  };
}
