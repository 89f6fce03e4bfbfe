import { HttpRequest, InvocationContext } from "@azure/functions";
import { afterEach, expect, test, vi } from "vitest";
import { handleHttp, toApiRequest } from "../../functions/http.ts";

afterEach(() => vi.unstubAllEnvs());

test("a request reaches the API with its method, its address, its headers in lower case and its bytes", async () => {
  const request = new HttpRequest({
    method: "POST",
    url: "https://app.example/api/runs?$top=1",
    headers: { "Operation-Id": "one", Authorization: "Bearer x" },
    body: { string: '{"vm":"ü"}' },
  });
  const { body, ...others } = await toApiRequest(request);
  expect(others).toMatchObject({
    method: "POST",
    url: "https://app.example/api/runs?$top=1",
    headers: { "operation-id": "one", authorization: "Bearer x" },
  });
  expect(new TextDecoder().decode(body)).toBe('{"vm":"ü"}');
});

test("a request without a body has an empty one", async () => {
  const request = new HttpRequest({ method: "GET", url: "https://app.example/api/health" });
  expect((await toApiRequest(request)).body).toHaveLength(0);
});

test("an app whose settings cannot be used says so to anybody, and what is wrong to its log alone", async () => {
  vi.stubEnv("RDP_REMEDIATION_TABLE", "no-such");
  const log: string[] = [];
  const context = new InvocationContext({
    functionName: "getHealth",
    logHandler: (_level, ...said) => log.push(said.join(" ")),
  });
  const answer = await handleHttp(new HttpRequest({ method: "GET", url: "https://app.example/api/health" }), context);
  expect(answer).toMatchObject({ status: 500, headers: { "x-ms-error-code": "Internal" } });
  expect(answer.body).not.toContain("RDP_REMEDIATION_TABLE");
  expect(log.join()).toContain("RDP_REMEDIATION_TABLE");
});
