/**
 * One event for one receiver, as it waits in the outbox. It is written in the same transaction as the run or operation that it is
 * about, so that neither exists without the other.
 */
export interface Delivery {
  /** The receiver's name in the settings. */
  readonly receiver: string;
  /** The id of the run or operation: the deliveries of one subject to one receiver are sent in their order. */
  readonly subject: string;
  /** Grows with each event of the subject, and is the same for every receiver of the event. */
  readonly sequence: number;
  /** The CloudEvent, as JSON. */
  readonly event: string;
  /** RFC 3339: when the event happened. */
  readonly at: string;
}

/** How the sending of a delivery stands. */
export interface DeliveryProgress {
  /** How often it was sent, or was about to be. */
  readonly attempts: number;
  /** RFC 3339: it is not sent before this time; `null`: at once. */
  readonly notBefore: string | null;
  /** RFC 3339; `null`: it was never sent. */
  readonly firstAttemptAt: string | null;
}

/** A delivery in the store; `revision` changes whenever its progress is saved. */
export interface PendingDelivery extends Delivery, DeliveryProgress {
  readonly revision: string;
}

/** The deliveries that are still to be sent. They are written by saving a run or an operation. */
export interface Outbox {
  /** All of them; those of one subject for one receiver in their order. */
  pendingDeliveries(): Promise<PendingDelivery[]>;
  /** Saves the progress of a delivery; `null` when another process changed or removed it since: nothing is written then. */
  saveDelivery(delivery: PendingDelivery, progress: DeliveryProgress): Promise<PendingDelivery | null>;
  /** Removes it, whatever its progress; no effect when it is gone. */
  removeDelivery(delivery: PendingDelivery): Promise<void>;
}
