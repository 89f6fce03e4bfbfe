import type { Result } from "../../lib/core/problem.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { startRun } from "../start-run.ts";

/** Diagnoses a VM; changes nothing. */
export function diagnose(request: Request): Promise<Result<Report>> {
  return startRun(request, "diagnose");
}
