import { createHash, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { startSimulatedAzure } from "./simulated-azure.ts";

/* The simulated Entra is as strict as Entra where a mistake of the operator page would show. */

const pageUrl = "http://127.0.0.1:7071/app/";
const api = "api://00000000-0000-4000-8000-0000000000a1";
const pageClient = "00000000-0000-4000-8000-0000000000a2";

async function rig() {
  const { sandbox } = await startSimulatedAzure();
  sandbox.registerPage(pageUrl);
  const tenant = `${sandbox.endpoint}/${sandbox.tenantId}/oauth2/v2.0`;
  const verifier = randomBytes(32).toString("base64url");
  const asked = {
    client_id: pageClient,
    response_type: "code",
    response_mode: "fragment",
    redirect_uri: pageUrl,
    scope: `${api}/user_impersonation offline_access`,
    state: "the state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    sandbox_person: sandbox.persons.operator.objectId,
  };
  const authorize = (more: Record<string, string> = {}) =>
    fetch(`${tenant}/authorize?${new URLSearchParams({ ...asked, ...more })}`, { redirect: "manual" });
  return {
    sandbox,
    tenant,
    authorize,
    async code(more: Record<string, string> = {}): Promise<string> {
      const location = (await authorize(more)).headers.get("location") ?? "";
      return new URLSearchParams(new URL(location).hash.slice(1)).get("code") ?? "";
    },
    async redeem(form: Record<string, string>, origin: string | null = "http://127.0.0.1:7071") {
      const answer = await fetch(`${tenant}/token`, {
        method: "POST",
        headers: origin === null ? {} : { origin },
        body: new URLSearchParams({
          client_id: pageClient,
          grant_type: "authorization_code",
          redirect_uri: pageUrl,
          code_verifier: verifier,
          ...form,
        }),
      });
      const body = (await answer.json()) as Record<string, string>;
      return { status: answer.status, headers: answer.headers, body, why: body.error_description ?? "" };
    },
  };
}

describe("the authorization endpoint", () => {
  test("shows the persons to choose from, and says that it is simulated", async () => {
    const { authorize } = await rig();
    const page = await (await authorize({ sandbox_person: "" })).text();
    for (const name of ["Reader", "Operator", "Approver", "simulated"]) expect(page).toContain(name);
  });

  test("gives the code in the fragment, with the state, to the registered address alone", async () => {
    const { authorize } = await rig();
    const location = new URL((await authorize()).headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(pageUrl);
    expect(location.search).toBe("");
    expect(new URLSearchParams(location.hash.slice(1)).get("state")).toBe("the state");
    for (const redirect_uri of [pageUrl.slice(0, -1), `${pageUrl}?a=1`, "http://localhost:7071/app/"]) {
      const refused = await authorize({ redirect_uri });
      expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("AADSTS50011")]);
    }
    expect((await authorize({ client_id: "00000000-0000-4000-8000-0000000000b1" })).status).toBe(400);
  });

  test.each([
    [{ code_challenge: "" }, "AADSTS9002325"],
    [{ code_challenge_method: "plain" }, "AADSTS501491"],
    [{ response_type: "token" }, "AADSTS700054"],
  ])("refuses %o", async (more, code) => {
    const { authorize } = await rig();
    const location = new URL((await authorize(more)).headers.get("location") ?? "");
    const answer = new URLSearchParams(location.hash.slice(1));
    expect(answer.get("error")).toBe("invalid_request");
    expect(answer.get("error_description")).toContain(code);
  });

  test("escapes what a request brings", async () => {
    const { authorize } = await rig();
    const page = await (await authorize({ redirect_uri: "<script>alert(1)</script>" })).text();
    expect(page).not.toContain("<script>");
  });
});

describe("the token endpoint", () => {
  test("gives a person's token of the API for a code and its verifier", async () => {
    const { code, redeem, sandbox } = await rig();
    const { status, headers, body } = await redeem({ code: await code() });
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:7071");
    expect(decodeJwt(body.access_token ?? "")).toMatchObject({
      aud: api,
      appid: pageClient,
      oid: sandbox.persons.operator.objectId,
      scp: "user_impersonation",
      roles: ["Rdp.Read", "Rdp.Repair"],
    });
    expect(body.id_token).toBeUndefined();
  });

  test("takes a code once, with its own verifier and address, from the page's own origin", async () => {
    const { code, redeem } = await rig();
    const first = await code();
    expect((await redeem({ code: first })).status).toBe(200);
    expect((await redeem({ code: first })).why).toContain("AADSTS70008");
    expect((await redeem({ code: await code(), code_verifier: randomBytes(32).toString("base64url") })).why).toContain(
      "AADSTS501481",
    );
    expect((await redeem({ code: await code(), redirect_uri: "http://127.0.0.1:7071/" })).why).toContain("AADSTS50148");
    for (const origin of ["https://evil.example", null]) {
      const foreign = await redeem({ code: await code() }, origin);
      expect(foreign.why).toContain("AADSTS9002327");
      expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect((await redeem({ code: await code(), scope: "https://management.azure.com/.default" })).why).toContain(
      "AADSTS70011",
    );
  });

  test("renews with a refresh token, which is replaced each time", async () => {
    const { code, redeem } = await rig();
    const first = await redeem({ code: await code() });
    const form = { grant_type: "refresh_token", refresh_token: first.body.refresh_token ?? "" };
    const second = await redeem(form);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    expect((await redeem(form)).why).toContain("AADSTS70008");
  });

  test("gives an ID token with the nonce to who asks for one", async () => {
    const { code, redeem } = await rig();
    const scope = `openid ${api}/user_impersonation`;
    const { body } = await redeem({ code: await code({ scope, nonce: "the nonce" }) });
    expect(decodeJwt(body.id_token ?? "")).toMatchObject({ aud: pageClient, nonce: "the nonce" });
  });
});

test("signing out ends the session, and leads back to a registered address alone", async () => {
  const { tenant } = await rig();
  const signOut = (address: string) =>
    fetch(`${tenant}/logout?${new URLSearchParams({ post_logout_redirect_uri: address })}`, { redirect: "manual" });
  const answer = await signOut(pageUrl);
  expect(answer.headers.get("location")).toBe(pageUrl);
  expect(answer.headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await signOut("https://evil.example/")).headers.get("location")).toBeNull();
});
