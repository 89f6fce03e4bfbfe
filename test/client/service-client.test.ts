import { expect, test } from "vitest";
import { readChallenge } from "../../lib/client/challenge.ts";
import { createServiceClient } from "../../lib/client/service-client.ts";
import { fail, ok } from "../../lib/core/problem.ts";

const url = "https://rdp.contoso.com";
const tenantId = "00000000-0000-4000-8000-0000000000t1".replace("t", "f");
const asks = `Bearer authorization_uri="https://login.microsoftonline.com/${tenantId}", resource="api://rdp"`;

/** A service that wants this token, and what it was sent. */
function serviceThatWants(token: string, headers: Record<string, string> = { "www-authenticate": asks }) {
  const sent: (string | null)[] = [];
  return {
    sent,
    async fetch(request: Request): Promise<Response> {
      const authorization = request.headers.get("authorization");
      sent.push(authorization);
      if (authorization === `Bearer ${token}`) return Response.json({ value: [] });
      const error = { code: "Unauthorized", message: "Sign in to the tenant." };
      return Response.json({ error }, { status: 401, headers });
    },
  };
}

const list = (client: ReturnType<typeof createServiceClient>) => client.ask((api) => api.GET("/api/runs"));

test("the first answer says where to sign in and for what; later requests carry the token at once", async () => {
  const service = serviceThatWants("t1");
  const asked: object[] = [];
  const client = createServiceClient({
    url,
    fetch: service.fetch,
    signIn: async (challenge) => {
      asked.push(challenge);
      return ok({ token: "t1", expiresOn: Number.POSITIVE_INFINITY });
    },
  });
  expect(await list(client)).toEqual(ok({ value: [] }));
  expect(await list(client)).toEqual(ok({ value: [] }));
  expect(service.sent).toEqual([null, "Bearer t1", "Bearer t1"]);
  expect(asked).toEqual([{ tenantId, audience: "api://rdp" }]);
});

test("a token is renewed before it ends", async () => {
  const service = serviceThatWants("t1");
  let now = 0;
  let signIns = 0;
  const client = createServiceClient({
    url,
    fetch: service.fetch,
    now: () => now,
    signIn: async () => {
      signIns += 1;
      return ok({ token: "t1", expiresOn: now + 3_600_000 });
    },
  });
  await list(client);
  now = 3_400_000;
  await list(client);
  expect(signIns).toBe(2);
});

test.each([
  ["nothing is said", {}],
  ["the audience is Azure itself", { "www-authenticate": asks.replace("api://rdp", "https://management.azure.com") }],
  ["the audience is an id, which may be Azure's", { "www-authenticate": asks.replace("api://rdp", tenantId) }],
])("no token is fetched where %s", async (_, headers) => {
  const client = createServiceClient({
    url,
    fetch: serviceThatWants("t1", headers).fetch,
    signIn: async () => {
      throw new Error("nobody may be asked for a token");
    },
  });
  expect(await list(client)).toMatchObject({
    ok: false,
    problem: { code: "sign-in-failed", message: "Sign in to the tenant." },
  });
});

test("a sign-in that fails is told as it is", async () => {
  const problem = fail("sign-in-failed", "Nobody is signed in.");
  const client = createServiceClient({ url, fetch: serviceThatWants("t1").fetch, signIn: async () => problem });
  expect(await list(client)).toEqual(problem);
});

test.each([
  [404, { error: { code: "RunNotFound", message: "There is no run." } }, "run-not-found", "There is no run."],
  [409, { error: { code: "PlanChanged", message: "Another plan." } }, "plan-changed", "Another plan."],
  [403, { error: { code: "RoleMissing", message: "It needs a role." } }, "access-denied", "It needs a role."],
  [429, { error: { code: "TooManyRequests", message: "Later." } }, "throttled", "Later."],
  [
    502,
    null,
    "service-unavailable",
    `The service at ${url} answered with HTTP 502 and no reason. Is this the URL of the service?`,
  ],
])("HTTP %i is a problem of its own", async (status, body, code, message) => {
  const fetch = async () =>
    new Response(body === null ? "<html>" : JSON.stringify(body), { status, headers: { "retry-after": "7" } });
  const client = createServiceClient({ url, fetch, signIn: async () => fail("internal", "") });
  expect(await list(client)).toMatchObject({ ok: false, problem: { code, message, retryAfterMs: 7000 } });
});

test("the tenant is read from every cloud's address", () => {
  expect(readChallenge(asks.replace("login.microsoftonline.com", "login.chinacloudapi.cn"))?.tenantId).toBe(tenantId);
  expect(readChallenge("Basic realm=x")).toBeNull();
  expect(readChallenge(null)).toBeNull();
});
