import { request } from "node:https";
import { setTimeout } from "node:timers/promises";
import { RunView } from "../../../lib/run-view/run-view.ts";
import type { Principal } from "../../../sandbox/azure/sign-in/tokens.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Speaks to the API as one client of the sandbox's tenant, with a token from its sign-in. */
export interface ApiClient {
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** The run, as soon as it is so. @throws Error with the run as it is when that takes too long. */
  runWhen(id: string, isSo: (run: RunView) => boolean, withinMs?: number): Promise<RunView>;
}

/** `url` is asked at each call, because a host that is started again has another. */
export async function signInAs(principal: Principal, sandbox: Sandbox, url: () => string): Promise<ApiClient> {
  const token = await getToken(principal, sandbox);

  async function call(method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
    const answer = await fetch(url() + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
  }

  return {
    get: (path) => call("GET", path),
    post: (path, body, headers) => call("POST", path, body, headers),
    async runWhen(id, isSo, withinMs = 60_000) {
      const end = Date.now() + withinMs;
      for (;;) {
        const run = RunView.parse((await call("GET", `/api/runs/${id}`)).body);
        if (isSo(run)) return run;
        if (Date.now() > end) throw new Error(`It did not come to that:\n${JSON.stringify(run, null, 2)}`);
        await setTimeout(250);
      }
    },
  };
}

async function getToken({ clientId, secret }: Principal, sandbox: Sandbox): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    scope: `${sandbox.env.RDP_REMEDIATION_AUDIENCES}/.default`,
  });
  const url = `${sandbox.endpoint}/${sandbox.tenantId}/oauth2/v2.0/token`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { method: "POST", ca: sandbox.caPem, headers }, async (answer) => {
    let text = "";
    for await (const part of answer) text += part;
    resolve(JSON.parse(text).access_token);
  })
    .on("error", reject)
    .end(form.toString());
  return promise;
}
