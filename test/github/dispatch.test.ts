import { describe, expect, test } from "vitest";
import { createGitHubPipeline } from "../../lib/github/dispatch.ts";

const runId = "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b";
const token = "github_pat_this-must-not-be-seen";
const settings = { repository: "contoso/network", token, endpoint: "https://api.github.com" };

/** GitHub's one endpoint; whatever else is asked throws. */
function gitHub(answer: () => Response, endpoint = settings.endpoint) {
  const requests: { url: string; init: RequestInit }[] = [];
  const send: typeof fetch = async (url, init = {}) => {
    if (url !== `${endpoint}/repos/contoso/network/dispatches` || init.method !== "POST") throw new Error(String(url));
    requests.push({ url, init });
    return answer();
  };
  return { requests, send };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(code === 204 ? null : JSON.stringify({ message: `secret details ${token}` }), { status: code, headers });

describe("the pipeline on GitHub", () => {
  test("is started by one event that names the run alone", async () => {
    const { requests, send } = gitHub(() => status(204));
    const started = await createGitHubPipeline(settings, send).start(runId);
    expect(started).toEqual({
      ok: true,
      value: { page: "https://github.com/contoso/network/actions/workflows/network-fix.yml" },
    });
    expect(requests).toHaveLength(1);
    const { init } = requests[0] ?? {};
    expect(JSON.parse(String(init?.body))).toEqual({
      event_type: "rdp-network-fix",
      client_payload: { run_id: runId },
    });
    expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${token}`);
    expect(init?.redirect).toBe("error");
  });

  test("of an own GitHub has its page there", async () => {
    const endpoint = "https://github.contoso.com/api/v3";
    const { send } = gitHub(() => status(204), endpoint);
    expect(await createGitHubPipeline({ ...settings, endpoint }, send).start(runId)).toMatchObject({
      value: { page: "https://github.contoso.com/contoso/network/actions/workflows/network-fix.yml" },
    });
  });

  test.each([401, 404, 422])("that refuses with %i is not asked again", async (code) => {
    const { send } = gitHub(() => status(code));
    const started = await createGitHubPipeline(settings, send).start(runId);
    expect(started).toMatchObject({ ok: false, problem: { code: "pipeline-refused", retryable: false } });
  });

  test.each<[number, Record<string, string>, object]>([
    [500, {}, { retryable: true }],
    [503, { "retry-after": "7" }, { retryable: true, retryAfterMs: 7000 }],
    [429, {}, { retryable: true }],
    [403, { "x-ratelimit-remaining": "0" }, { retryable: true }],
    [403, { "retry-after": "60" }, { retryable: true, retryAfterMs: 60_000 }],
    [403, { "x-ratelimit-remaining": "4999" }, { retryable: false }],
  ])("that answers %i with %j", async (code, headers, problem) => {
    const { send } = gitHub(() => status(code, headers));
    expect(await createGitHubPipeline(settings, send).start(runId)).toMatchObject({ problem });
  });

  test("is not told a reference to a secret that could not be read", async () => {
    const { requests, send } = gitHub(() => status(204));
    const unread = { ...settings, token: "@Microsoft.KeyVault(VaultName=kv;SecretName=dispatch-token)" };
    expect(await createGitHubPipeline(unread, send).start(runId)).toMatchObject({
      problem: { retryable: false, message: expect.stringContaining("not resolved") },
    });
    expect(requests).toEqual([]);
  });

  test("that is not reached may be tried again", async () => {
    const { send } = gitHub(() => {
      throw new TypeError(`fetch failed with ${token}`);
    });
    expect(await createGitHubPipeline(settings, send).start(runId)).toMatchObject({ problem: { retryable: true } });
  });

  test.each([204, 401, 404, 500, "thrown"] as const)("never has its token in what comes of %s", async (code) => {
    const { send } = gitHub(() => {
      if (code === "thrown") throw new TypeError(`fetch failed with ${token}`);
      return status(code);
    });
    expect(JSON.stringify(await createGitHubPipeline(settings, send).start(runId))).not.toContain(token);
  });
});
