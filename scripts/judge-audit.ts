import { z } from "zod";

const count = z.int().nonnegative();

/** What `npm audit --json` prints when the registry has answered. */
const Report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
  metadata: z.object({
    vulnerabilities: z.object({ low: count, moderate: count, high: count, critical: count, total: count }),
  }),
});

export interface AuditVerdict {
  readonly kind: "clean" | "advisories" | "not-checked";
  /** One English sentence or two. */
  readonly sentence: string;
}

/** What the output of `npm audit --json` says. Anything that is no report is no pass: nothing was checked then. */
export function judgeAudit(output: string): AuditVerdict {
  const report = Report.safeParse(parse(output));
  if (!report.success) {
    const sentence = "Advisories were NOT checked: the registry gave no report. Run npm audit where it does.";
    return { kind: "not-checked", sentence };
  }
  const { vulnerabilities, metadata } = report.data;
  const { low, moderate, high, critical, total } = metadata.vulnerabilities;
  if (total === 0) return { kind: "clean", sentence: "No advisory is known for what is shipped." };
  const names = Object.entries(vulnerabilities).map(([name, { severity }]) => `${name} (${severity})`);
  const counted = `${critical} critical, ${high} high, ${moderate} moderate, ${low} low`;
  const sentence = `There are advisories for what is shipped: ${counted}. ${names.join(", ")}.`;
  return { kind: high + critical > 0 ? "advisories" : "clean", sentence };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
