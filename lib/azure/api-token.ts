import { ok, type Problem, type Result } from "../core/problem.ts";
import { callAzure } from "./call-azure.ts";
import { createCredential, type SignIn } from "./credential.ts";

/** An access token of Microsoft Entra ID for an API of this product. `expiresOn`: milliseconds since 1970-01-01 UTC. */
export async function getApiToken(
  signIn: SignIn,
  { tenantId, audience }: { tenantId: string; audience: string },
): Promise<Result<{ token: string; expiresOn: number }>> {
  const credential = createCredential({ ...signIn, tenantId });
  const given = await callAzure(`sign in to tenant ${tenantId} for ${audience}`, async () =>
    credential.getToken(`${audience}/.default`, { tenantId }),
  );
  if (!given.ok) return { ok: false, problem: withTenant(given.problem, tenantId) };
  if (given.value === null) throw new Error("the credential gave neither a token nor an error");
  const { token, expiresOnTimestamp } = given.value;
  return ok({ token, expiresOn: expiresOnTimestamp });
}

/** The cure with its tenant, and the reason that Microsoft Entra ID gives (AADSTS...), which decides what to do. */
function withTenant(problem: Problem, tenantId: string): Problem {
  const [reason] = /AADSTS\d+:[^.]*\./.exec(problem.detail ?? "") ?? [];
  const message = problem.message.replaceAll('"az login"', `"az login --tenant ${tenantId}"`);
  return { ...problem, message: reason ? `${message} ${reason}` : message };
}
