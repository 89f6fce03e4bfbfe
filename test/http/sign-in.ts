import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import type { SignInSettings } from "../../lib/http/authentication.ts";

/** A tenant in this process: its settings, its published keys, and a pen to sign with. */
export const signIn: SignInSettings = {
  tenantId: "00000000-0000-4000-8000-0000000000aa",
  audiences: ["api://rdp-remediation", "00000000-0000-4000-8000-0000000000a1"],
  authorityHost: "https://login.microsoftonline.com",
};

const { privateKey, publicKey } = await generateKeyPair("RS256");
export const publicJwk = { ...(await exportJWK(publicKey)), kid: "the-key", alg: "RS256", use: "sig" };
export const keys = createLocalJWKSet({ keys: [publicJwk] });

export const requester = "00000000-0000-4000-8000-0000000000d2";
export const approver = "00000000-0000-4000-8000-0000000000e2";

const seconds = () => Math.floor(Date.now() / 1000);

/** The claims of a token of version 2 that an application got for itself. */
export function appClaims(oid: string, roles: readonly string[] = []): JWTPayload {
  return {
    iss: `https://login.microsoftonline.com/${signIn.tenantId}/v2.0`,
    aud: "00000000-0000-4000-8000-0000000000a1",
    iat: seconds(),
    nbf: seconds(),
    exp: seconds() + 3600,
    oid,
    sub: oid,
    azp: "00000000-0000-4000-8000-0000000000d1",
    tid: signIn.tenantId,
    roles: [...roles],
    ver: "2.0",
  };
}

/** The claims of a token of version 2 with which an application acts for a person. */
export function personClaims(oid: string, roles: readonly string[], scp: string): JWTPayload {
  return { ...appClaims(oid, roles), sub: "pairwise", scp, preferred_username: "ada@contoso.example", name: "Ada" };
}

export async function sign(
  claims: JWTPayload,
  key: Parameters<SignJWT["sign"]>[0] = privateKey,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "the-key", typ: "JWT", ...header }).sign(key);
}

export async function tokenOf(oid: string, ...roles: string[]): Promise<string> {
  return sign(appClaims(oid, roles));
}
