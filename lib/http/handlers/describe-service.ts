import { checks } from "../../checks/registry.ts";
import { remediations } from "../../remediations/registry.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { errorResponse } from "../error-response.ts";
import { describeApi } from "../openapi.ts";
import { mcpPath } from "../protected-resource.ts";
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

/**
 * Whether the service works: its store, the keys that tokens are checked with, ARM, and the queue of work. What is broken is named; the
 * log has the errors, because this route is anonymous.
 */
export async function getHealth({ deps }: Call<undefined, undefined>): Promise<ApiResponse> {
  const broken = (await deps.health?.()) ?? [];
  if (broken.length === 0) return jsonResponse(200, { status: "ok" });
  const id = deps.newId();
  for (const { error } of broken) deps.onSurprise(error, id);
  const names = broken.map(({ name, error }) => {
    const problem = deps.explain?.(error);
    return problem ? `${name} (${problem.message})` : name;
  });
  const message = `The service cannot work now. Broken: ${names.join("; ")}. Its log has the reasons.`;
  return errorResponse(503, "Unhealthy", message, { headers: { "retry-after": "30" } });
}

/** The caller of this request: their rights are those of their token. */
export async function getCaller({ caller }: Call<undefined, undefined>): Promise<ApiResponse> {
  const { objectId, name, roles } = caller;
  return jsonResponse(200, { objectId, name, roles: [...roles].sort() });
}

/** Where clients of the Model Context Protocol sign their users in. */
export async function getProtectedResource({ deps, base }: Call<undefined, undefined>): Promise<ApiResponse> {
  if (!deps.signIn) return errorResponse(404, "NotFound", "This service needs no sign-in.");
  const { authority, scope } = deps.signIn;
  return jsonResponse(200, {
    resource: `${base}${mcpPath}`,
    resource_name: "RDP Remediation",
    authorization_servers: [`${authority}/v2.0`],
    scopes_supported: [scope],
    bearer_methods_supported: ["header"],
  });
}

export async function getOpenApi({ routes, base }: Call<undefined, undefined>): Promise<ApiResponse> {
  return jsonResponse(200, describeApi(routes, base));
}
