import { z } from "zod";
import { fail, ok, type Result } from "../core/problem.ts";

/*
 * The common alert schema of Azure Monitor, reduced to the fields that are used. Fields that are not named
 * here never enter the service: above all `caller` and `claims` of activity-log alerts, which are personal.
 * Azure adds fields freely, so unknown ones are no error. Names such as `__proto__` are never looked up.
 */

/** Azure lists a handful of targets, criteria and dimensions; more than this is not an alert. */
const maximumItems = 100;

/** Azure leaves lists out or sends null when there is nothing to list, e.g. `alertTargetIDs` of a budget alert. */
function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .max(maximumItems)
    .nullish()
    .transform((items) => items ?? []);
}

/** An ARM id, which becomes a request's path when the alert is commented: it must not contain `..`, `?` or `#`. */
const AlertId = z
  .string()
  .trim()
  .max(1024)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\\?#%\p{C}\p{Zl}\p{Zp}]+)+$/u, "Invalid resource id");

/** Custom properties of an alert rule for this service. The values are untrusted; `readRequestedLimits` parses them. */
const customWords = {
  "rdp-remediation.mode": z.unknown().optional(),
  "rdp-remediation.maximum-risk": z.unknown().optional(),
};
const CustomProperties = z.object(customWords);
export type CustomProperties = z.infer<typeof CustomProperties>;

const Criterion = z.object({
  metricName: z.string().nullish(),
  metricNamespace: z.string().nullish(),
  dimensions: list(z.object({ name: z.string(), value: z.string().nullish() })),
});

const Essentials = z.object({
  alertId: AlertId,
  monitorCondition: z.enum(["Fired", "Resolved"]),
  monitoringService: z.string().min(1),
  firedDateTime: z.iso.datetime({ offset: true }),
  alertRule: z.string().nullish(),
  severity: z.enum(["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"]).nullish(),
  alertTargetIDs: list(z.string()),
  configurationItems: list(z.string()),
});

const AlertContext = z.object({
  condition: z.object({ allOf: list(Criterion) }).nullish(),
  operationName: z.string().nullish(),
  status: z.string().nullish(),
  // One field, three meanings: the event of Resource Health, the details of an operation, custom properties of a rule.
  properties: z
    .object({ ...customWords, cause: z.string().nullish(), currentHealthStatus: z.string().nullish() })
    .nullish(),
});

export const CommonAlert = z.object({
  schemaId: z.literal("azureMonitorCommonAlertSchema"),
  data: z.object({
    essentials: Essentials,
    alertContext: AlertContext.nullish(),
    customProperties: CustomProperties.nullish(),
  }),
});
export type CommonAlert = z.infer<typeof CommonAlert>["data"];

/**
 * Parses a request's body. The problem is `invalid-input`; its message names the first offending
 * fields by their paths and never quotes their values, its `detail` is the first path (`body` for the whole).
 */
export function parseCommonAlert(body: unknown): Result<CommonAlert> {
  const parsed = CommonAlert.safeParse(body);
  if (parsed.success) return ok(parsed.data.data);
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join(".") || "body", message: issue.message }));
  const told = issues.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
  return fail(
    "invalid-input",
    `This is not an alert in the common alert schema (${told.join("; ")}). Enable the common alert schema on the action group's receiver.`,
    { detail: issues[0]?.path ?? "body" },
  );
}

/** Every dimension of every criterion, in the alert's order. */
export function dimensionsOf(alert: CommonAlert): { name: string; value: string }[] {
  return criteriaOf(alert)
    .flatMap(({ dimensions }) => dimensions)
    .map(({ name, value }) => ({ name: name.trim().toLowerCase(), value: value ?? "" }));
}

export function criteriaOf(alert: CommonAlert): z.infer<typeof Criterion>[] {
  return alert.alertContext?.condition?.allOf ?? [];
}
