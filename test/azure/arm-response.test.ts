import { createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { requireArmResponse } from "../../lib/azure/arm-response.ts";
import { connectAzure } from "../../lib/azure/connect.ts";
import { credential, fakeArm, vm, vmPath } from "./fake-arm.ts";

const ids = { "x-ms-correlation-request-id": "a" };

function send(method: "GET" | "POST" | "DELETE", status: number, bodyAsText: string, headers: Record<string, string>) {
  const request = createPipelineRequest({ url: "https://management.azure.com/subscriptions", method });
  return requireArmResponse().sendRequest(request, async () => ({
    request,
    status,
    bodyAsText,
    headers: createHttpHeaders(headers),
  }));
}

describe("a success", () => {
  test.each([
    ["GET", 200, "<html>Sign in to the proxy.</html>", {}],
    ["GET", 200, "{}", {}],
    ["POST", 202, "", {}],
    ["DELETE", 200, "", {}],
    ["GET", 200, "", ids],
    ["GET", 200, '{"id": "/subscr', ids],
    ["POST", 200, "null", ids],
  ] as const)(
    "that is not ARM's, or not whole, is a lost response: %s %i %j %j",
    async (method, status, body, headers) => {
      await expect(send(method, status, body, headers)).rejects.toMatchObject({
        name: "RestError",
        statusCode: undefined,
      });
    },
  );

  test.each([
    ["GET", 200, "{}", ids],
    ["POST", 202, "", ids],
    ["DELETE", 200, "", ids],
    ["DELETE", 204, "", { "x-ms-request-id": "b" }],
    ["POST", 200, "{}", { "x-ms-routing-request-id": "c" }],
    ["GET", 403, "<html>Forbidden</html>", {}],
  ] as const)("of ARM, or a refusal, is passed on: %s %i %j %j", async (method, status, body, headers) => {
    expect((await send(method, status, body, headers)).status).toBe(status);
  });
});

test.each([{ body: "" }, { body: "{}", headers: { "x-ms-correlation-request-id": "" } }])(
  "a VM whose response was lost is read again: %j",
  async (answer) => {
    const httpClient = fakeArm({ [`GET ${vmPath}?$expand=instanceView`]: { status: 200, ...answer } });
    const read = await connectAzure({ credential, httpClient }).reader.read(vm);
    expect(read.ok ? null : read.problem).toMatchObject({ code: "azure-unavailable", retryable: true });
  },
);
