import { RestError } from "@azure/core-rest-pipeline";
import fc from "fast-check";
import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { type Answer, credential, type FakeArm, fakeArm, refusal } from "./fake-arm.ts";
import { remediatorOf, sandboxWith, type WorldInput } from "./sandbox.ts";

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";
const alerts = "/providers/Microsoft.AlertsManagement/alerts";
const guid = "a1e70000-0000-4000-8000-000000000001";
const alertId = `${subscription}${alerts}/${guid}`;
const told = { state: "Closed", comment: "repaired: the key was renewed (run 1)" } as const;

function report(arm: FakeArm, id = alertId) {
  return connectAzure({ credential, httpClient: arm }).alerts.report(id, told);
}

test.each([
  alertId,
  alertId.toLowerCase(),
  `${subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/app-01${alerts}/${guid}`,
])("the alert %s is told with one call", async (id) => {
  const arm = fakeArm({ [`POST ${id}/changestate?newState=Closed`]: { status: 200, body: {} } });
  expect(await report(arm, id)).toEqual({ ok: true, value: "reported" });
  const [call] = arm.calls;
  expect(JSON.parse(String(call?.body))).toEqual({ comment: told.comment });
  expect(call?.headers.get("content-type")).toBe("application/json");
  expect(call?.headers.get("authorization")).toBe("Bearer test-token");
  expect(new URL(call?.url ?? "").searchParams.get("api-version")).toBe("2025-05-25-preview");
});

test.each([
  "",
  "not an id",
  `https://evil.example${alertId}`,
  `//evil.example${alertId}`,
  `@evil.example${alertId}`,
  ` ${alertId}`,
  `${alertId}\n`,
  `${alertId}/`,
  `${alertId}/changestate`,
  `${alertId}?api-version=1`,
  `${alertId}#`,
  `${subscription}${alerts}/..`,
  `${subscription}/../${guid}${alerts}/${guid}`,
  `${subscription}/%2e%2e/x${alerts}/${guid}`,
  `${subscription}/a\\b${alerts}/${guid}`,
  `${subscription}/providers/Microsoft.CostManagement/alerts/budget-apps`,
  `${subscription}/providers/Microsoft-AlertsManagement/alerts/${guid}`,
  `/subscriptions/mine${alerts}/${guid}`,
])("%j is no alert, and Azure is not asked", async (id) => {
  expect(await report(fakeArm({}), id)).toMatchObject({
    ok: false,
    problem: { code: "invalid-input", retryable: false },
  });
});

test("whatever an id says, only ARM is asked, and only to change an alert's state", async () => {
  const part = fc.oneof(fc.constantFrom("/", "..", "?", "#", "@", ":", "\\", "%2f", "é", " "), fc.string());
  const ids = fc.array(part, { maxLength: 6 }).map((parts) => `${subscription}/${parts.join("")}${alerts}/${guid}`);
  await fc.assert(
    fc.asyncProperty(ids, async (id) => {
      const urls: string[] = [];
      const httpClient = {
        sendRequest(request: { url: string }) {
          urls.push(request.url);
          return Promise.reject(new RestError("stop", { code: "ECONNRESET" }));
        },
      };
      await connectAzure({ credential, httpClient }).alerts.report(id, told);
      for (const url of urls.map((text) => new URL(text))) {
        expect(url.origin).toBe("https://management.azure.com");
        expect(decodeURIComponent(url.pathname)).toBe(`${id}/changestate`);
        expect([...url.searchParams.keys()]).toEqual(["api-version", "newState"]);
      }
    }),
    { numRuns: 300 },
  );
});

const faults: [Answer, object][] = [
  [refusal(429, "TooManyRequests", "Slow down.", { "retry-after": "7" }), { code: "throttled", retryAfterMs: 7000 }],
  [refusal(503, "ServerTimeout", "Later."), { code: "azure-unavailable", retryable: true }],
  [refusal(404, "AlertNotFound", "Gone."), { code: "azure-refused", retryable: false }],
  [refusal(400, "NoRegisteredProviderFound", "No such version."), { code: "azure-refused", retryable: false }],
  [{ status: 307, headers: { location: "https://elsewhere.example/" } }, { code: "azure-refused" }],
  [
    { status: 502, body: "<html>proxy</html>" },
    { code: "azure-unavailable", retryable: true, detail: "HTTP 502" },
  ],
  [new RestError("socket hang up", { code: "ECONNRESET" }), { code: "azure-unavailable", retryable: true }],
];

test.each(faults)("an answer %j is a problem after one call", async (answer, problem) => {
  const arm = fakeArm({ [`POST ${alertId}/changestate?newState=Closed`]: answer });
  expect(await report(arm)).toMatchObject({ ok: false, problem });
  expect(arm.calls.length).toBe(1);
});

async function azure(world: WorldInput = {}) {
  const started = await sandboxWith({}, world);
  const { endpoint } = started.sandbox;
  const id = `/subscriptions/${started.vm.subscriptionId}${alerts}/${guid}`;
  return { ...started, id, ...connectAzure({ endpoint, credential: remediatorOf(started) }) };
}

test("Azure keeps the state and every comment; telling again is harmless", async () => {
  const { sandbox, alerts, id } = await azure();
  expect(await alerts.report(id, { state: "Acknowledged", comment: "advised: one" })).toEqual({
    ok: true,
    value: "reported",
  });
  expect(await alerts.report(id.toUpperCase().replace(/^\/SUBSCRIPTIONS/, "/subscriptions"), told)).toMatchObject({
    ok: true,
  });
  expect(await alerts.report(id, told)).toMatchObject({ ok: true });
  expect([...sandbox.alerts.values()]).toEqual([
    { id, state: "Closed", comments: ["advised: one", told.comment, told.comment] },
  ]);
});

test("the missing right is named", async () => {
  const action = "Microsoft.AlertsManagement/alerts/changestate/action";
  const { alerts, id } = await azure({ deny: [action] });
  expect(await alerts.report(id, told)).toMatchObject({
    ok: false,
    problem: { code: "right-missing", message: expect.stringContaining(`${action} on ${id}`) },
  });
});
