/** The state and the comments that one alert has received. */
export interface ReceivedAlert {
  readonly id: string;
  readonly state: "New" | "Acknowledged" | "Closed";
  /** Oldest first. */
  readonly comments: readonly string[];
}

/** The alerts that received a state or a comment, by lower-case id. */
export type ReceivedAlerts = Map<string, ReceivedAlert>;
