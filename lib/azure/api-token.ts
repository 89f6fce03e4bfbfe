import { ok, type Result } from "../core/problem.ts";
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
  if (!given.ok) return given;
  if (given.value === null) throw new Error("the credential gave neither a token nor an error");
  const { token, expiresOnTimestamp } = given.value;
  return ok({ token, expiresOn: expiresOnTimestamp });
}
