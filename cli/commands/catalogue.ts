import { checks } from "../../lib/checks/registry.ts";
import { ok, type Result } from "../../lib/core/problem.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { renderCatalogue } from "../render/catalogue.ts";
import type { Report } from "../report.ts";

/** Lists all checks and remediations. */
export async function catalogue(): Promise<Result<Report>> {
  const data = {
    checks: checks.map(({ id, title }) => ({ id, title })),
    remediations: remediations.map(({ id, title, risk, restores, mayNeedRestart }) => ({
      id,
      title,
      risk,
      restores,
      mayNeedRestart,
    })),
  };
  return ok({ data, text: (layout) => renderCatalogue(data, layout), exitCode: 0 });
}
