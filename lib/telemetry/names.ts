/**
 * All names in telemetry. The workbook and its queries use the same names; a test compares them.
 * None of them contains personal data; of the guest they contain only its findings.
 */

/** The scope of the tracer and of the meter. */
export const instrumentationScope = "rdp-remediation";

/** Attributes of spans and metrics; in Log Analytics they are `Properties` of AppDependencies and AppMetrics. */
export const attributeNames = {
  runId: "rdp.run.id",
  /** ARM id of the VM. */
  vm: "rdp.vm",
  /** `diagnose`, `repair`, `undo`. */
  intent: "rdp.intent",
  /** `terminal`, `http`, `alert`. */
  trigger: "rdp.trigger",
  /** How the run ended. */
  outcome: "rdp.outcome",
  /** The id of a check that was faulty; of a run, all of them with commas between. */
  cause: "rdp.cause",
  /** What will lock people out, as in lib/scan/lockout.ts. */
  lockout: "rdp.lockout",
  /** The code of the problem with which a run ended, or an effect failed. */
  problem: "rdp.problem",
  /** What was tried, e.g. `poll-script`. */
  effect: "rdp.effect",
  /** `collect`, `apply`, `undo`. */
  script: "rdp.script",
  operationId: "rdp.operation.id",
  /** What happened to an operation over many VMs, e.g. `paused`. */
  event: "rdp.event",
  /** The VMs of an operation; with a kind of result behind it, e.g. `rdp.vms.repaired`, those that ended so. */
  vms: "rdp.vms",
  vmsDone: "rdp.vms_done",
  /** The kind of a receiver of notifications: `webhook`, `teams`, `slack`, `email`. */
  receiver: "rdp.receiver",
} as const;

/** Metrics; in Log Analytics `Name` of AppMetrics. */
export const metricNames = {
  /** Counts runs at their end, by intent, outcome and trigger. */
  runs: "rdp.runs",
  /** Counts the faulty checks of ended runs, by cause and outcome. */
  causes: "rdp.causes",
  /** Counts what will lock people out within 30 days, as the evidence of an ended run shows it, by VM and kind. */
  lockouts: "rdp.lockouts",
  /** Seconds from the request of a repair to its proof, including the wait for a decision. */
  timeToRepair: "rdp.time_to_repair",
  /** Bytes of a guest script's output, by script: Run Command keeps 4,096. */
  guestReplyBytes: "rdp.guest_reply_bytes",
  /** Counts answers 429. */
  throttles: "rdp.throttles",
  /** Count notifications that were taken, attempts that failed, and notifications that will never be sent; by receiver. */
  notificationsSent: "rdp.notifications.sent",
  notificationsFailed: "rdp.notifications.failed",
  notificationsLost: "rdp.notifications.lost",
} as const;
