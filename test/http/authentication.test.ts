import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { errors, exportSPKI, generateKeyPair, importJWK, type JWTPayload } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import { appClaims, keys, personClaims, publicJwk, requester, sign, signIn } from "./sign-in.ts";

const now = () => new Date();
const authenticate = createAuthenticate(signIn, now, keys);

function bearer(token: string) {
  return authenticate({ authorization: `Bearer ${token}` });
}

function unsecured(claims: JWTPayload, header: object = { alg: "none", typ: "JWT" }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.`;
}

async function publicPem(): Promise<Uint8Array> {
  const key = await importJWK(publicJwk, "RS256");
  if (key instanceof Uint8Array) throw new Error("not a public key");
  return new TextEncoder().encode(await exportSPKI(key));
}

const classic = `https://sts.windows.net/${signIn.tenantId}/`;
const another = "00000000-0000-4000-8000-0000000000bb";
const hour = 3600;
const seconds = () => Math.floor(Date.now() / 1000);

describe("an access token is taken", () => {
  const taken: Record<string, JWTPayload> = {
    "of version 2, of an application": appClaims(requester, ["Rdp.Read"]),
    "of version 1, of an application": {
      ...appClaims(requester, ["Rdp.Read"]),
      iss: classic,
      aud: "api://rdp-remediation",
      azp: undefined,
      appid: "00000000-0000-4000-8000-0000000000d1",
      ver: "1.0",
    },
    "of a person, through an application that may act for them": personClaims(
      requester,
      ["Rdp.Read"],
      "user_impersonation",
    ),
    "of a clock that is a little ahead": { ...appClaims(requester, ["Rdp.Read"]), nbf: seconds() + 30 },
    "of a clock that is a little behind": { ...appClaims(requester, ["Rdp.Read"]), exp: seconds() - 30 },
    "that names the tenant in capitals": { ...appClaims(requester, ["Rdp.Read"]), tid: signIn.tenantId.toUpperCase() },
  };
  test.each(Object.entries(taken))("%s", async (_, claims) => {
    const caller = await bearer(await sign(claims));
    expect(caller).toMatchObject({ ok: true, value: { objectId: requester, roles: new Set(["Rdp.Read"]) } });
  });
});

describe("a token is refused", () => {
  const good = appClaims(requester, ["Rdp.Read", "Rdp.Repair", "Rdp.Approve"]);
  const refused: Record<string, () => string | Promise<string>> = {
    "that has expired": () => sign({ ...good, exp: seconds() - hour }),
    "that is not valid yet": () => sign({ ...good, nbf: seconds() + hour }),
    "that never expires": () => sign({ ...good, exp: undefined }),
    "for another audience": () => sign({ ...good, aud: "https://management.azure.com" }),
    "of a foreign tenant": () =>
      sign({ ...good, tid: another, iss: `https://login.microsoftonline.com/${another}/v2.0` }),
    "whose tenant is foreign although its issuer is not": () => sign({ ...good, tid: another }),
    "whose issuer is foreign although its tenant is not": () => sign({ ...good, iss: "https://evil.example/v2.0" }),
    "without an object id": () => sign({ ...good, oid: undefined }),
    "that proves a sign-in alone (an ID token)": () => sign({ ...good, azp: undefined, sub: "pairwise" }),
    "of a person that no scope comes with": () => sign({ ...good, sub: "pairwise" }),
    "with alg none": () => unsecured(good),
    "with alg none in other letters": () => unsecured(good, { alg: "nOnE" }),
    "without its signature": async () => `${(await sign(good)).split(".").slice(0, 2).join(".")}.`,
    "whose claims were changed": async () => {
      const [header, , signature] = (await sign(good)).split(".");
      return `${header}.${Buffer.from(JSON.stringify({ ...good, oid: another })).toString("base64url")}.${signature}`;
    },
    "signed with HS256 by the public key as the secret": async () => sign(good, await publicPem(), { alg: "HS256" }),
    "signed with RS256 by a key of its own": async () => sign(good, (await generateKeyPair("RS256")).privateKey),
    "signed by a key that nobody published": async () =>
      sign(good, (await generateKeyPair("RS256")).privateKey, { kid: "another" }),
    "that brings its own key along": async () => {
      const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
      const jwk = createPublicKey(await exportSPKI(publicKey)).export({ format: "jwk" });
      return sign(good, privateKey, { kid: "own", jwk });
    },
    "that is no token": () => "abc.def.ghi",
    "of two parts": () => "abc.def",
    "that is empty": () => "",
  };
  test.each(Object.entries(refused))("%s", async (_, make) => {
    const token = await make();
    const answer = await bearer(token);
    if (answer.ok) throw new Error("it was taken");
    expect(answer.response).toMatchObject({ status: 401, headers: { "x-ms-error-code": "Unauthorized" } });
    expect(answer.response.headers["www-authenticate"]).toMatch(
      /^Bearer authorization_uri="https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}", resource="api:\/\/rdp-remediation"(, error="invalid_token", error_description="[^"]+")?$/,
    );
    if (token.length > 10) expect(JSON.stringify(answer.response)).not.toContain(token.slice(-20));
  });

  test("that is not there, or not a bearer's, without calling it invalid", async () => {
    const missing = await authenticate({});
    if (missing.ok) throw new Error("nobody was taken");
    expect(missing.response.headers["www-authenticate"]).not.toContain("error");
    expect(await authenticate({ authorization: "Basic YTpi" })).toMatchObject({ ok: false, response: { status: 401 } });
    const garbage = await authenticate({ authorization: "Bearer garbage" });
    const body = JSON.stringify(garbage);
    expect(body).toContain("The Authorization header holds no access token");
    expect(body).not.toContain("garbage");
    expect(await authenticate({ "x-functions-key": "a key" })).toMatchObject({ ok: false, response: { status: 401 } });
  });

  test("for now, when the tenant's keys cannot be read", async () => {
    const blind = createAuthenticate(signIn, now, () => Promise.reject(new TypeError("fetch failed")));
    const answer = await blind({ authorization: `Bearer ${await sign(good)}` });
    expect(answer).toMatchObject({ ok: false, response: { status: 503, headers: { "retry-after": "30" } } });
  });
});

describe("a token that comes again", () => {
  const minute = 60_000;
  const base = Math.floor(Date.now() / 1000) * 1000;
  let at = base;
  let verified = 0;
  let withdrawn = false;

  /** Counts the verifications, because each asks for a key. */
  function counting() {
    at = base;
    verified = 0;
    withdrawn = false;
    return createAuthenticate(
      signIn,
      () => new Date(at),
      async (header, token) => {
        verified += 1;
        if (withdrawn) throw new errors.JWKSNoMatchingKey();
        return keys(header, token);
      },
    );
  }
  const claims = (lifetimeMs: number) => ({
    ...appClaims(requester, ["Rdp.Read"]),
    exp: (base + lifetimeMs) / 1000,
  });

  test("is verified once, and stands for the same caller", async () => {
    const again = counting();
    const headers = { authorization: `Bearer ${await sign(claims(60 * minute))}` };
    const first = await again(headers);
    expect(first).toMatchObject({ ok: true, value: { objectId: requester } });
    expect(await again(headers)).toEqual(first);
    expect(verified).toBe(1);
  });

  test("is no longer believed from its expiry on, but looked at like any other", async () => {
    const again = counting();
    const headers = { authorization: `Bearer ${await sign(claims(2 * minute))}` };
    await again(headers);
    at = base + 2 * minute - 1;
    expect((await again(headers)).ok).toBe(true);
    expect(verified).toBe(1);
    // For the difference of clocks it is taken, as if it came for the first time; then no more.
    at = base + 2 * minute;
    expect((await again(headers)).ok).toBe(true);
    expect(verified).toBe(2);
    at = base + 3 * minute;
    expect(await again(headers)).toMatchObject({ ok: false, response: { status: 401 } });
    expect(verified).toBe(3);
  });

  test("is verified anew after five minutes: its key may have been withdrawn", async () => {
    const again = counting();
    const headers = { authorization: `Bearer ${await sign(claims(60 * minute))}` };
    await again(headers);
    withdrawn = true;
    at = base + 5 * minute - 1;
    expect((await again(headers)).ok).toBe(true);
    at = base + 5 * minute;
    expect(await again(headers)).toMatchObject({ ok: false, response: { status: 401 } });
  });

  test("does not vouch for another: not for one with another signature, nor for other roles of the same identity", async () => {
    const again = counting();
    const token = await sign(claims(60 * minute));
    await again({ authorization: `Bearer ${token}` });
    const [header, payload] = token.split(".");
    for (const forged of [`${header}.${payload}.`, `${header}.${payload}.AAAA`]) {
      expect(await again({ authorization: `Bearer ${forged}` })).toMatchObject({ ok: false });
    }
    const more = await sign({ ...claims(60 * minute), roles: ["Rdp.Approve"] });
    const approver = await again({ authorization: `Bearer ${more}` });
    expect(approver.ok && approver.value.roles.has("Rdp.Approve")).toBe(true);
    expect(verified).toBe(4);
  });

  test("and was refused is refused by the same look at it", async () => {
    const again = counting();
    withdrawn = true;
    const headers = { authorization: `Bearer ${await sign(claims(60 * minute))}` };
    expect((await again(headers)).ok).toBe(false);
    withdrawn = false;
    expect((await again(headers)).ok).toBe(true);
    expect(verified).toBe(2);
  });
});

describe("the tenant's published keys", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("are asked for again after five minutes: what a withdrawn key has signed is refused then", async () => {
    let published: object[] = [publicJwk];
    let asked = 0;
    const server = createServer((_, answer) => {
      asked += 1;
      answer.setHeader("content-type", "application/json").end(JSON.stringify({ keys: published }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const authorityHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.useFakeTimers({ toFake: ["Date"] });
    const live = createAuthenticate({ ...signIn, authorityHost }, now);
    const iss = `${authorityHost}/${signIn.tenantId}/v2.0`;
    const ask = async () => live({ authorization: `Bearer ${token}` });
    const token = await sign({ ...appClaims(requester), iss });
    expect((await ask()).ok).toBe(true);
    expect((await live({ authorization: `Bearer ${await sign({ ...appClaims(another), iss })}` })).ok).toBe(true);
    expect(asked).toBe(1);
    published = [];
    vi.setSystemTime(Date.now() + 5 * 60_000);
    expect(await ask()).toMatchObject({ ok: false, response: { status: 401 } });
    server.close();
  });
});

describe("roles", () => {
  async function rolesOf(claims: JWTPayload): Promise<string[]> {
    const caller = await bearer(await sign(claims));
    if (!caller.ok) throw new Error("it was refused");
    return [...caller.value.roles].sort();
  }

  test("of an application are those assigned, and reading comes with repairing and with approving", async () => {
    expect(await rolesOf(appClaims(requester))).toEqual([]);
    expect(await rolesOf(appClaims(requester, ["Rdp.Repair"]))).toEqual(["Rdp.Read", "Rdp.Repair"]);
    expect(await rolesOf(appClaims(requester, ["Rdp.Approve", "Other.Role"]))).toEqual(["Rdp.Approve", "Rdp.Read"]);
    expect(await rolesOf(appClaims(requester, ["ActionGroupsSecureWebhook"]))).toEqual(["ActionGroupsSecureWebhook"]);
  });

  test("of a person end where the scopes of the application end that acts for them", async () => {
    const all = ["Rdp.Read", "Rdp.Repair", "Rdp.Approve"];
    expect(await rolesOf(personClaims(requester, all, "user_impersonation"))).toEqual([...all].sort());
    expect(await rolesOf(personClaims(requester, all, "openid Rdp.Read"))).toEqual(["Rdp.Read"]);
    expect(await rolesOf(personClaims(requester, [], "Rdp.Repair user_impersonation"))).toEqual([]);
  });

  test("a name is made fit for records and terminals", async () => {
    const claims = {
      ...personClaims(requester, [], "Rdp.Read"),
      preferred_username: `a\u001b[31m\n${"b".repeat(999)}`,
    };
    const caller = await bearer(await sign(claims));
    expect(caller.ok && caller.value.name).toBe(`a ${"b".repeat(121)}`);
  });
});

test("the header of a platform's sign-in, which anybody can write, signs nobody in", async () => {
  const claims = { oid: requester, tid: signIn.tenantId, roles: ["Rdp.Approve"] };
  const list = Object.entries(claims).flatMap(([typ, val]) => [val].flat().map((one) => ({ typ, val: one })));
  const header = Buffer.from(JSON.stringify({ auth_typ: "aad", claims: list })).toString("base64");
  const spoofed = await authenticate({ "x-ms-client-principal": header, "x-ms-client-principal-id": requester });
  expect(spoofed).toMatchObject({ ok: false, response: { status: 401 } });
});

test("another cloud has other issuers", async () => {
  const china = createAuthenticate({ ...signIn, authorityHost: "https://login.chinacloudapi.cn/" }, now, keys);
  const from = async (iss: string) =>
    (await china({ authorization: `Bearer ${await sign({ ...appClaims(requester), iss })}` })).ok;
  expect(await from(`https://login.chinacloudapi.cn/${signIn.tenantId}/v2.0`)).toBe(true);
  expect(await from(`https://sts.chinacloudapi.cn/${signIn.tenantId}/`)).toBe(true);
  expect(await from(classic)).toBe(false);
});
