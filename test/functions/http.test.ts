import { ReadableStream } from "node:stream/web";
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

const limit = 256 * 1024;

/** A body in pieces of 64 KiB, and how many of them were taken. */
function inPieces(pieces: number) {
  const taken = { pieces: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.pieces === pieces) return controller.close();
        taken.pieces += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken };
}

test.each([
  ["of its length", { "content-length": String(100 * 1024 * 1024) }, 0],
  ["that does not say its length", {}, 5],
  ["that says less than it has", { "content-length": "10" }, 5],
])("of a body of 100 MB %s no more is read than shows that it is too large", async (_, headers, most) => {
  const { body, taken } = inPieces(1600);
  const request = { method: "POST", url: "https://app.example/api/runs", headers: new Headers(headers), body };
  expect((await toApiRequest(request)).body).toHaveLength(limit + 1);
  expect(taken.pieces).toBeLessThanOrEqual(most);
});

test("a body of 256 KiB is read to its end", async () => {
  const { body } = inPieces(4);
  const request = { method: "POST", url: "https://app.example/api/runs", headers: new Headers(), body };
  expect((await toApiRequest(request)).body).toHaveLength(limit);
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
