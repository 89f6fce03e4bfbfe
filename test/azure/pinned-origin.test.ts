import { describe, expect, test } from "vitest";
import { callAzure } from "../../lib/azure/call-azure.ts";
import { createClients } from "../../lib/azure/clients.ts";
import { connectAzure } from "../../lib/azure/connect.ts";
import { readEffectiveRules } from "../../lib/azure/network/effective-rules.ts";
import { NetworkId } from "../../lib/azure/network/network-id.ts";
import { credential, type FakeArm, fakeArm, networkPath, vm, vmPath } from "./fake-arm.ts";

const nicId = `${networkPath}/networkInterfaces/nic-1`;
const asked = `POST ${nicId}/effectiveNetworkSecurityGroups`;
const list = `GET ${vmPath}/runCommands?$expand=instanceView`;

/** Where an answer of ARM may point to that is not ARM. */
const elsewhere = [
  "https://elsewhere.example/subscriptions?api-version=1",
  "https://management.azure.com.elsewhere.example/subscriptions?api-version=1",
  "https://management.azure.com:8443/subscriptions?api-version=1",
  "https://management.azure.com@elsewhere.example/subscriptions?api-version=1",
  "http://management.azure.com/subscriptions?api-version=1",
];

function hosts({ calls }: FakeArm): string[] {
  return [...new Set(calls.map(({ url }) => new URL(url).origin))];
}

describe.each(elsewhere)("an answer that points to %s", (address) => {
  test("as the next page is not followed, and the problem says so", async () => {
    const arm = fakeArm({ [list]: { status: 200, body: { value: [], nextLink: address } } });
    const found = await connectAzure({ credential, httpClient: arm }).runCommands.list(vm);
    expect(hosts(arm)).toEqual(["https://management.azure.com"]);
    expect(found).toMatchObject({ ok: false, problem: { code: "azure-refused", retryable: false } });
    expect(JSON.stringify(found)).toContain("another address than Azure Resource Manager");
  });

  test.each(["location", "azure-asyncoperation"])("in %s is not polled", async (header) => {
    const arm = fakeArm({ [asked]: { status: 202, headers: { [header]: address } } });
    const effective = await callAzure("read the effective rules", () =>
      readEffectiveRules(createClients({ credential, httpClient: arm }), NetworkId.parse(nicId)),
    );
    expect(hosts(arm)).toEqual(["https://management.azure.com"]);
    expect(JSON.stringify(effective)).toContain("another address than Azure Resource Manager");
  });
});

test("the address of ARM itself is followed in whatever case, and with its port", async () => {
  const next = "https://ARM.example:443/subscriptions/next?api-version=1";
  const arm = fakeArm({
    [list]: { status: 200, body: { value: [], nextLink: next } },
    "GET /subscriptions/next": { status: 200, body: { value: [] } },
  });
  const azure = connectAzure({ credential, httpClient: arm, endpoint: "https://arm.example" });
  expect(await azure.runCommands.list(vm)).toEqual({ ok: true, value: [] });
});
