/** What people and programs have said about one alert. */
export interface ReceivedAlert {
  readonly id: string;
  readonly state: "New" | "Acknowledged" | "Closed";
  /** Oldest first. */
  readonly comments: readonly string[];
}

/** By lower-case id: the alerts that somebody has spoken of. */
export type ReceivedAlerts = Map<string, ReceivedAlert>;
