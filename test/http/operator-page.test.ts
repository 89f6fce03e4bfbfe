import { brotliCompressSync, brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { PageConfig } from "../../lib/core/page-config.ts";
import { type BuiltPage, createPage, readBuiltPage } from "../../lib/http/operator-page.ts";
import { openRig } from "./rig.ts";

const config: PageConfig = {
  authority: "https://login.example/tenant",
  tenantId: "tenant",
  clientId: "client",
  scope: "api://api/user_impersonation",
  portal: "https://portal.example",
  simulated: "</script><script>alert(1)</script>",
};
const index = '<!doctype html><title>page</title><script type="application/json" id="config">null</script>';
const script = "export const page = 1;".repeat(50);
const built: BuiltPage = {
  source: "",
  files: [
    { path: "index.html", type: "text/html; charset=utf-8", hashed: false, brotli: packed(index) },
    { path: "assets/main-1a2b.js", type: "text/javascript; charset=utf-8", hashed: true, brotli: packed(script) },
  ],
};

function packed(text: string): string {
  return brotliCompressSync(text).toString("base64");
}

function configIn(html: string): unknown {
  return JSON.parse(/id="config">(.*)<\/script>/.exec(html)?.[1] ?? "");
}

const serve = createPage(built, config);

function ask(path: string, { method = "GET", ...headers }: Record<string, string> = {}) {
  const answer = serve({ method, url: `https://service.example${path}`, headers, body: new Uint8Array() });
  if (!answer) throw new Error(`${path} is no path of the page`);
  return answer;
}

describe("the files of the page", () => {
  test("are served compressed as the browser accepts it, and plain to any other", () => {
    const path = "/app/assets/main-1a2b.js";
    const br = ask(path, { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(br.headers).toMatchObject({
      "content-encoding": "br",
      "content-type": "text/javascript; charset=utf-8",
      vary: "Accept-Encoding",
    });
    expect(`${brotliDecompressSync(br.body as Uint8Array)}`).toBe(script);
    const gzip = ask(path, { "accept-encoding": "br;q=0, gzip;q=0.5" });
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(`${gunzipSync(gzip.body as Uint8Array)}`).toBe(script);
    const plain = ask(path);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(`${plain.body}`).toBe(script);
  });

  test("with a hash in their name are kept for ever; the index is asked for again, by its ETag", () => {
    expect(ask("/app/assets/main-1a2b.js").headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const first = ask("/app/");
    expect(`${first.body}`).not.toContain("<script>");
    expect(configIn(`${first.body}`)).toEqual(config);

    expect(first.headers["cache-control"]).toBe("no-cache");
    const again = ask("/app/index.html", { "if-none-match": `"other", ${first.headers.etag}` });
    expect([again.status, again.body, again.headers.etag]).toEqual([304, "", first.headers.etag]);
  });

  test("the folder itself leads to the page, also below a gateway's prefix", () => {
    expect(ask("/app")).toMatchObject({ status: 308, headers: { location: "app/" } });
  });

  test.each([
    "/app/../package.json",
    "/app/..%2fpackage.json",
    "/app/%2e%2e/%2e%2e/etc/passwd",
    "/app/assets/..%5c..%5cmain.js",
    "/app//etc/passwd",
    "/app/constructor",
    "/app/__proto__",
    "/app/index.html/",
    "/app/assets/",
  ])("%s is no file of it", (path) => {
    // The URL parser resolves dots, as every server's does: what is outside of /app is the API's affair.
    const answer = serve({ method: "GET", url: `https://service.example${path}`, headers: {}, body: new Uint8Array() });
    expect(answer?.status ?? 404).toBe(404);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is not answered with a file", (method) => {
    expect(ask("/app/", { method })).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });

  test("of another version than the service are told at its start", () => {
    const old = { ...built, files: [{ path: "index.html", type: "text/html", hashed: false, brotli: packed("<p>") }] };
    expect(() => createPage(old, config)).toThrow("Build it again");
  });

  test("are missing before they are built, with what to do", () => {
    const unbuilt = createPage(null, config);
    const answer = unbuilt({ method: "GET", url: "https://service.example/app/", headers: {}, body: new Uint8Array() });
    expect(answer?.status).toBe(404);
    expect(`${answer?.body}`).toContain("npm run build");
    expect(
      readBuiltPage(() => {
        throw Object.assign(new Error(), { code: "ENOENT" });
      }),
    ).toBeNull();
    expect(() => readBuiltPage(() => "{}")).toThrow();
  });
});

describe("every answer of the page", () => {
  test.each(["/app", "/app/", "/app/none", "/app/assets/main-1a2b.js"])(
    "%s forbids foreign scripts, frames, forms and connections",
    (path) => {
      const { headers } = ask(path);
      const policy = new Map(
        (headers["content-security-policy"] ?? "").split("; ").map((one) => {
          const [name = "", ...values] = one.split(" ");
          return [name, values.join(" ")];
        }),
      );
      expect(Object.fromEntries(policy)).toEqual({
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self' https://login.example",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "lit-html",
      });
      expect(headers).toMatchObject({
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
      });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    },
  );
});

test("the API serves the page beside its routes, and gives other origins nothing", async () => {
  const rig = await openRig({ page: serve });
  try {
    const page = await rig.api({ method: "GET", url: "http://127.0.0.1/app/", headers: {}, body: new Uint8Array() });
    expect([page.status, page.headers["x-content-type-options"]]).toEqual([200, "nosniff"]);
    // There is no cookie and no session: a page of another origin has nothing that would admit its request.
    const headers = { origin: "https://evil.example", cookie: "session=1", "content-type": "application/json" };
    const forged = await rig.ask("/api/runs", { method: "POST", body: { mode: "diagnose" }, headers, as: null });
    expect(forged.status).toBe(401);
    const preflight = await rig.api({
      method: "OPTIONS",
      url: "http://127.0.0.1/api/runs",
      headers: { ...headers, "access-control-request-method": "POST" },
      body: new Uint8Array(),
    });
    expect(preflight.status).toBe(405);
    for (const { headers: given } of [forged, preflight]) {
      expect(Object.keys(given).filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([]);
    }
  } finally {
    await rig.close();
  }
});

test("who calls is told, with the roles that others include", async () => {
  const rig = await openRig();
  try {
    expect((await rig.ask("/api/me", { as: "approver" })).json).toMatchObject({
      objectId: "00000000-0000-4000-8000-0000000000e2",
      roles: ["Rdp.Approve", "Rdp.Read"],
    });
    expect((await rig.ask("/api/me", { as: "alerts" })).status).toBe(403);
    expect((await rig.ask("/api/me", { as: null })).status).toBe(401);
  } finally {
    await rig.close();
  }
});
