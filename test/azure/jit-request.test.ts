import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { AccessRequest } from "../../lib/core/access-request.ts";
import { credential, fakeArm, refusal } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "rg-app", name: "vm-app-01" };
const policyId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/vm-app-01-policy";
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const request = (edit: Partial<AccessRequest> = {}): AccessRequest => ({
  state: "due",
  policyId,
  port: 3389,
  sources: ["203.0.113.7"],
  until: inAnHour(),
  reads: 0,
  ...edit,
});

test("each source is one call, for one port of one VM until one time", async () => {
  const taken = { status: 202, body: {} };
  const arm = fakeArm({ [`POST ${policyId}/initiate`]: [taken, taken] });
  const asked = request({ sources: ["203.0.113.7", "198.51.100.0/24"] });
  const { access } = connectAzure({ credential, httpClient: arm });
  expect(await access.request(vm, asked, "Run 1")).toEqual({ ok: true, value: "accepted" });
  expect(arm.calls.map(({ body }) => JSON.parse(String(body)))).toEqual(
    asked.sources.map((source) => ({
      virtualMachines: [
        {
          id: "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01",
          ports: [{ number: 3389, allowedSourceAddressPrefix: source, endTimeUtc: asked.until }],
        },
      ],
      justification: "Run 1",
    })),
  );
  expect(new URL(arm.calls[0]?.url ?? "").searchParams.get("api-version")).toBe("2020-01-01");
});

test.each(["", "https://evil.example", `${policyId}/x`, `${policyId}?a=b`, policyId.replace("Security", "Compute")])(
  "%s is no policy, and nothing is sent",
  async (id) => {
    const { access } = connectAzure({ credential, httpClient: fakeArm({}) });
    expect(await access.request(vm, request({ policyId: id }), "Run 1")).toMatchObject({
      problem: { code: "invalid-input" },
    });
  },
);

test.each([
  [{ ...vm, name: "vmss-app/3", kind: "scale-set-instance" as const }, "an instance of a scale set"],
  [{ ...vm, name: "srv-branch-01", kind: "arc-machine" as const }, "an Arc-enabled server"],
])("it is never requested for a machine that can have none: %j", async (machine, noun) => {
  const { access } = connectAzure({ credential, httpClient: fakeArm({}) });
  expect(await access.request(machine, request(), "Run 1")).toMatchObject({
    problem: { code: "invalid-input", message: expect.stringContaining(`no just-in-time access for ${noun}`) },
  });
});

test("the first refusal ends it", async () => {
  const arm = fakeArm({ [`POST ${policyId}/initiate`]: refusal(400, "InvalidParameter", "Too long.") });
  const { access } = connectAzure({ credential, httpClient: arm });
  expect(await access.request(vm, request({ sources: ["1.2.3.4", "1.2.3.5"] }), "Run 1")).toMatchObject({ ok: false });
  expect(arm.calls).toHaveLength(1);
});

const closing = {
  name: "SecurityCenter-JITRule_-1_A",
  priority: 4096,
  access: "Deny" as const,
  destination: "10.0.0.4",
};

async function jitSandbox(roles: "jit-requester"[]) {
  const network = { jit: {}, nics: [{ securityGroup: { name: "nsg-app", rules: [closing] } }] };
  const opened = await sandboxWith({ name: "vm-app-01", network }, { roles });
  return connectAzure({ credential: remediatorOf(opened), endpoint: opened.sandbox.endpoint });
}

test("it is the right of a role of its own", async () => {
  const { access } = await jitSandbox([]);
  const answer = await access.request(vm, request(), "Run 1");
  expect(answer).toMatchObject({ problem: { code: "right-missing" } });
  expect(JSON.stringify(answer)).toContain("jitNetworkAccessPolicies/initiate/action");
});

test("with that role a rule lets the source in, before the one that denies", async () => {
  const azure = await jitSandbox(["jit-requester"]);
  expect(await azure.access.request(vm, request(), "Run 1")).toEqual({ ok: true, value: "accepted" });
  const read = await azure.reader.read(vm);
  const group = read.ok && "interfaces" in read.value.network && read.value.network.interfaces[0]?.securityGroup;
  expect(
    group && "rules" in group ? group.rules.filter(({ name }) => name.startsWith("SecurityCenter")) : [],
  ).toMatchObject([
    { name: expect.stringMatching(/^SecurityCenter-JITRule_-1_A$/), access: "Deny" },
    {
      name: expect.stringMatching(/^SecurityCenter-JITRule-\d+-[0-9A-F]{32}$/),
      access: "Allow",
      priority: 100,
      sources: ["203.0.113.7"],
      destinationPorts: ["3389"],
    },
  ]);
});

test("Azure grants no more time than the policy has", async () => {
  const { access } = await jitSandbox(["jit-requester"]);
  const until = new Date(Date.now() + 4 * 3_600_000).toISOString();
  expect(await access.request(vm, request({ until }), "Run 1")).toMatchObject({ problem: { code: "azure-refused" } });
});
