import { describe, expect, test } from "vitest";
import { nearestVersion } from "../../lib/azure/api-versions.ts";
import { connectAzure } from "../../lib/azure/connect.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import { credential, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

/** `PROVIDER VERSION` of each call, in order and once. */
function asked(calls: readonly { readonly url: string }[]): string[] {
  const each = calls.map(({ url }) => {
    const { pathname, searchParams } = new URL(url);
    return `${pathname.split("/providers/").at(-1)?.split("/")[0]} ${searchParams.get("api-version")}`;
  });
  return [...new Set(each)];
}

const command = {
  name: "rdpfix-1-collect-1",
  script: "1",
  timeoutSeconds: 60,
  deadline: "2026-11-21T09:00:00.000Z",
  location: "westeurope",
};

// ansible-collections/azure#2191 quotes the answer of a region that is behind.
const behind = (served: string) =>
  refusal(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for location 'westeurope' and API version '2023-03-01' for type 'virtualMachines'. The supported api-versions are '${served}'. The supported locations are 'westeurope'.`,
  );

describe("the API version", () => {
  test("is the oldest with what is used, whatever the SDK asks for", async () => {
    const arm = fakeArm({ [`POST ${vmPath}/restart`]: { status: 202 } });
    await connectAzure({ credential, httpClient: arm }).power.restart(vm);
    expect(asked(arm.calls)).toEqual(["Microsoft.Compute 2023-03-01"]);
  });

  test("is that of the setting where it names one, for this provider alone", async () => {
    const arm = fakeArm({ [`POST ${vmPath}/restart`]: { status: 202 } });
    const apiVersions = { "Microsoft.compute": "2024-07-01", "Microsoft.Network": "2024-05-01" };
    await connectAzure({ credential, httpClient: arm, apiVersions }).power.restart(vm);
    expect(asked(arm.calls)).toEqual(["Microsoft.Compute 2024-07-01"]);
  });

  test("is one that Azure lists where it does not serve ours; and it is remembered", async () => {
    const restarted = { status: 202 };
    const arm = fakeArm({
      [`POST ${vmPath}/restart`]: [behind("2021-03-01, 2022-08-01, 2022-11-01-preview"), restarted, restarted],
    });
    const { power } = connectAzure({ credential, httpClient: arm });
    expect((await power.restart(vm)).ok).toBe(true);
    expect((await power.restart(vm)).ok).toBe(true);
    expect(arm.calls.length).toBe(3);
    expect(asked(arm.calls.slice(1))).toEqual(["Microsoft.Compute 2022-08-01"]);
    expect(arm.unused()).toEqual([]);
  });

  test("of a script that was refused for it: the script is sent again, once and whole", async () => {
    const arm = fakeArm({
      [`PUT ${vmPath}/runCommands/${command.name}`]: [
        behind("2024-11-01"),
        { status: 201, body: { id: `${vmPath}/runCommands/${command.name}` } },
      ],
    });
    const sent: unknown[] = [];
    const watching = {
      sendRequest: (request: Parameters<typeof arm.sendRequest>[0]) => {
        sent.push(request.body);
        return arm.sendRequest(request);
      },
    };
    expect((await connectAzure({ credential, httpClient: watching }).channel.start(vm, command)).ok).toBe(true);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
  });

  test.each([
    ["nothing that helps", behind("2026-09-01-preview")],
    ["nothing", refusal(400, "NoRegisteredProviderFound", "No registered resource provider found.")],
  ])("where Azure lists %s, the refusal is told with the setting that helps", async (_, answer) => {
    const arm = fakeArm({ [`POST ${vmPath}/restart`]: answer });
    const result = await connectAzure({ credential, httpClient: arm }).power.restart(vm);
    expect(result).toMatchObject({
      ok: false,
      problem: { code: "azure-refused", message: expect.stringContaining("RDP_REMEDIATION_API_VERSIONS") },
    });
    expect(arm.calls.length).toBe(1);
  });

  test("is asked for twice at most, even where Azure refuses what it lists", async () => {
    const arm = fakeArm({ [`POST ${vmPath}/restart`]: [behind("2022-08-01"), behind("2021-03-01")] });
    expect((await connectAzure({ credential, httpClient: arm }).power.restart(vm)).ok).toBe(false);
    expect(arm.calls.length).toBe(2);
  });
});

test.each([
  [["2021-03-01", "2022-08-01", "2024-03-01"], "2023-03-01", "2022-08-01"],
  [["2024-03-01", "2025-04-01"], "2023-03-01", "2025-04-01"],
  [[" 2022-08-01", "2022-11-01-preview"], "2023-03-01", "2022-08-01"],
  [["2023-03-01"], "2023-03-01", null],
  [["2024-03-01-preview", ""], "2023-03-01", null],
])("of %j, asked for %s, the nearest is %s", (listed, version, expected) => {
  expect(nearestVersion(listed, version)).toBe(expected);
});

test("a cloud that serves older versions only is read whole, and runs a script", async () => {
  const apiVersions = {
    "Microsoft.Compute": ["2021-07-01", "2022-08-01"],
    "Microsoft.Network": ["2021-08-01", "2022-01-01", "2022-05-01"],
  };
  const rig = await sandboxWith({ network: { nics: [{ securityGroup: { name: "nic-nsg" } }] } }, { apiVersions });
  const azure = connectAzure({ endpoint: rig.sandbox.endpoint, credential: remediatorOf(rig) });
  const read = await readWhole(azure.reader, rig.vm, { sources: ["203.0.113.7"] });
  expect(JSON.stringify(read)).not.toContain("unreadable");
  expect(read).toMatchObject({ ok: true, value: { network: { interfaces: [{ effective: [{}] }] } } });
  expect(await azure.channel.start(rig.vm, command)).toEqual({ ok: true, value: "started" });
  await expect
    .poll(async () => azure.channel.status(rig.vm, command.name))
    .toMatchObject({ ok: true, value: { kind: "finished" } });
  expect((await azure.channel.discard(rig.vm, command.name)).ok).toBe(true);
});
