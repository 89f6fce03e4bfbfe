import { ManagedIdentityCredential } from "@azure/identity";
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from "jose";
import { describe, expect, test, vi } from "vitest";
import { realClock } from "../../sandbox/time/clock.ts";
import { credentialOf, startSimulatedAzure } from "./simulated-azure.ts";

describe("managed identity", () => {
  test("hands out a token that ARM takes", async () => {
    const { sandbox, vmPath, ask } = await startSimulatedAzure();
    for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
    const got = await new ManagedIdentityCredential().getToken(`${sandbox.endpoint}/.default`);
    vi.unstubAllEnvs();
    expect(decodeJwt(got.token)).toMatchObject({ appid: sandbox.remediator.clientId, aud: sandbox.endpoint });
    expect(got.expiresOnTimestamp).toBeGreaterThan(Date.now());
    expect(await ask("GET", `${vmPath}?api-version=2026-04-01`, { token: got.token })).toMatchObject({ status: 200 });
  });

  test("refuses another header, another client id and an unknown resource", async () => {
    const { sandbox } = await startSimulatedAzure();
    const url = `${sandbox.env.IDENTITY_ENDPOINT}?api-version=2019-08-01`;
    const header = { "x-identity-header": sandbox.env.IDENTITY_HEADER ?? "" };
    const arm = "resource=https://management.azure.com/";
    expect((await fetch(`${url}&${arm}`)).status).toBe(401);
    expect((await fetch(`${url}&${arm}`, { headers: { "x-identity-header": "guess" } })).status).toBe(401);
    const stranger = `client_id=${sandbox.operator.clientId}`;
    expect((await fetch(`${url}&${arm}&${stranger}`, { headers: header })).status).toBe(400);
    expect((await fetch(`${url}&resource=https://vault.azure.net`, { headers: header })).status).toBe(400);
    expect((await fetch(`${url}&${arm}`, { headers: header })).status).toBe(200);
  });
});

describe("Entra", () => {
  test("signs tokens with the key that it publishes", async () => {
    const { sandbox, tokenOf } = await startSimulatedAzure();
    const discovery = `${sandbox.endpoint}/${sandbox.tenantId}/v2.0/.well-known/openid-configuration`;
    const configuration = (await (await fetch(discovery)).json()) as { jwks_uri: string; token_endpoint: string };
    expect(configuration.token_endpoint).toBe(`${sandbox.endpoint}/${sandbox.tenantId}/oauth2/v2.0/token`);
    const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
    const { payload, protectedHeader } = await jwtVerify(await tokenOf("operator"), keys, {
      audience: sandbox.endpoint,
    });
    expect(protectedHeader.alg).toBe("RS256");
    expect(payload).toMatchObject({ appid: sandbox.operator.clientId, tid: sandbox.tenantId });
  });

  test("refuses a wrong secret and an unknown application with Entra's codes", async () => {
    const { sandbox } = await startSimulatedAzure();
    const wrong = { ...sandbox, operator: { ...sandbox.operator, secret: "guess" } };
    await expect(credentialOf(wrong, "operator").getToken("https://management.azure.com/.default")).rejects.toThrow(
      "AADSTS7000215",
    );
    const unknown = { ...sandbox, operator: { ...sandbox.operator, clientId: sandbox.tenantId } };
    await expect(credentialOf(unknown, "operator").getToken("https://management.azure.com/.default")).rejects.toThrow(
      "AADSTS700016",
    );
    await expect(credentialOf(sandbox, "operator").getToken("https://vault.azure.net/.default")).rejects.toThrow(
      "AADSTS500011",
    );
  });

  test("knows no other tenant", async () => {
    const { sandbox } = await startSimulatedAzure();
    const response = await fetch(
      `${sandbox.endpoint}/${sandbox.vms[0]?.subscriptionId}/v2.0/.well-known/openid-configuration`,
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_tenant", error_codes: [90002] });
  });
});

describe("ARM refuses", () => {
  const version = "?api-version=2026-04-01";

  test("a call without a token, and says where to get one", async () => {
    const { sandbox, vmPath, ask } = await startSimulatedAzure();
    const answer = await ask("GET", `${vmPath}${version}`, { token: null });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: "AuthenticationFailed" } } });
    expect(answer.headers.get("www-authenticate")).toContain(
      `authorization_uri="${sandbox.endpoint}/${sandbox.tenantId}"`,
    );
  });

  test("a token that somebody else signed", async () => {
    const { sandbox, vmPath, ask, tokenOf } = await startSimulatedAzure();
    const claims = decodeJwt(await tokenOf("remediator"));
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode("x".repeat(32)));
    expect(await ask("GET", `${vmPath}${version}`, { token: forged })).toMatchObject({
      status: 401,
      body: { error: { code: "InvalidAuthenticationToken" } },
    });
    expect(sandbox.calls.at(-1)).toMatchObject({ status: 401, by: null, action: null });
  });

  test("a token whose time is over", async () => {
    let now = new Date();
    const { vmPath, ask, tokenOf } = await startSimulatedAzure({ clock: { ...realClock, now: () => now } });
    const token = await tokenOf("remediator");
    now = new Date(now.getTime() + 86_401_000);
    expect(await ask("GET", `${vmPath}${version}`, { token })).toMatchObject({
      status: 401,
      body: { error: { code: "ExpiredAuthenticationToken" } },
    });
  });
});
