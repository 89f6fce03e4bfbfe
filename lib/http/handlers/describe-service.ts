import { checks } from "../../checks/registry.ts";
import { remediations } from "../../remediations/registry.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { describeApi } from "../openapi.ts";
import type { Call } from "../route.ts";

/** All checks and all remediations. */
export async function getCatalogue(): Promise<ApiResponse> {
  return jsonResponse(200, {
    checks: checks.map(({ id, title }) => ({ id, title })),
    remediations: remediations.map(({ id, title, risk, restores, mayNeedRestart }) => {
      return { id, title, risk, restores, mayNeedRestart };
    }),
  });
}

/** The service answers and can keep runs. No details, because this route is anonymous; the log has them. */
export async function getHealth({ deps }: Call<undefined, undefined>): Promise<ApiResponse> {
  await deps.checkStore?.();
  return jsonResponse(200, { status: "ok" });
}

export async function getOpenApi({ routes, base }: Call<undefined, undefined>): Promise<ApiResponse> {
  return jsonResponse(200, describeApi(routes, base));
}
