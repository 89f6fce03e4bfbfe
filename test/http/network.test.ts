import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { networkWith, rule } from "../network/network-with.ts";
import { nsg, nsgIdOf } from "../network/proposal-rig.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
  rig.fake.azure = networkWith({ nic: nsg("nsg-app", rule({ name: "deny-rdp", priority: 200, access: "Deny" })) });
});
afterEach(async () => {
  await rig.close();
  expect(rig.surprises).toEqual([]);
});

const alone = { vm: vmPath, mode: "diagnose", checks: ["nsg-allows-rdp"], sources: ["10.0.0.9"] };

async function runToEnd(body: object) {
  const { json } = await rig.ask("/api/runs", { body });
  await rig.engine.settled(String(json.id));
  return (await rig.ask(`/api/runs/${json.id}`)).json;
}

describe("the network alone", () => {
  test("is judged without a script, and drawn with every point and the rule that decides", async () => {
    const run = await runToEnd(alone);
    expect(run).toMatchObject({
      status: "Succeeded",
      findings: [{ check: "nsg-allows-rdp", verdict: "faulty" }],
      network: [
        {
          source: "10.0.0.9",
          destination: "10.0.0.4:3389",
          verdict: "denied",
          decidedBy: { layer: "nic-nsg", nsg: "nsg-app", rule: "deny-rdp", priority: 200 },
          trace: [{ layer: "admin-rules" }, { layer: "nic-nsg", verdict: "denied" }],
        },
      ],
      proposals: [{ source: "10.0.0.9/32" }],
    });
    expect(rig.fake.executed).toEqual([]);
  });

  test("is judged for the port that was given", async () => {
    expect(await runToEnd({ ...alone, port: 3390 })).toMatchObject({
      network: [{ destination: "10.0.0.4:3390", verdict: "allowed" }],
    });
  });

  test("is judged for the port that an earlier run of the VM saw", async () => {
    const { listener } = rig.fake.guest;
    if ("unreadable" in listener) throw new Error("the fixture is readable");
    listener.port = 4000;
    const earlier = await runToEnd({ vm: vmPath, mode: "diagnose" });
    const run = await runToEnd(alone);
    expect(run).toMatchObject({ network: [{ destination: "10.0.0.4:4000" }] });
    expect(JSON.stringify(run.log)).toContain(`for port 4000 as run ${earlier.id} saw it`);
  });

  test.each<[object, string]>([
    [{ ...alone, port: 0 }, "port"],
    [{ ...alone, port: 65_536 }, "port"],
    [{ ...alone, port: "3389" }, "port"],
  ])("refuses %j", async (body, target) => {
    expect(await rig.ask("/api/runs", { body })).toMatchObject({
      status: 400,
      json: { error: { details: [{ target }] } },
    });
  });

  test("takes no port beside a look into the VM", async () => {
    const answer = await rig.ask("/api/runs", { body: { vm: vmPath, mode: "diagnose", port: 3390 } });
    expect(answer.status).toBe(400);
  });
});

describe("the proposal of a run", () => {
  test("is there in every form", async () => {
    const { id } = await runToEnd(alone);
    const { json, status } = await rig.ask(`/api/runs/${id}/network-proposal`, { as: "approver" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      runId: id,
      vm: vmPath,
      proposals: [
        {
          proposal: { source: "10.0.0.9/32", rules: [{ nsgId: nsgIdOf("nsg-app"), priority: 199 }] },
          bicepParameters: [{ parameters: { securityGroupName: { value: "nsg-app" }, priority: { value: 199 } } }],
          commands: [expect.stringMatching(/^az network nsg rule create /)],
          whatIf: expect.stringContaining("before deny-rdp (200)"),
        },
      ],
      notProposed: [],
      pipelinePage: null,
    });
  });

  test("says why there is none", async () => {
    const { id } = await runToEnd({ ...alone, sources: ["Internet"] });
    expect((await rig.ask(`/api/runs/${id}/network-proposal`)).json).toMatchObject({
      proposals: [],
      notProposed: [{ source: "Internet", because: expect.stringContaining("give the address") }],
    });
  });

  test("is for those who may read, of runs that are there", async () => {
    const { id } = await runToEnd(alone);
    expect((await rig.ask(`/api/runs/${id}/network-proposal`, { as: null })).status).toBe(401);
    const other = "00000000-0000-4000-8000-00000000ffff";
    expect((await rig.ask(`/api/runs/${other}/network-proposal`)).status).toBe(404);
  });
});

test("to request access takes the right to repair, and a role of its own", async () => {
  const body = { ...alone, mode: "repair", requestAccess: true };
  expect((await rig.ask("/api/runs", { body, as: "approver" })).status).toBe(403);
  const refused = await rig.ask("/api/runs", { body });
  expect(refused).toMatchObject({ status: 403, json: { error: { code: "RoleMissing" } } });
  expect((refused.json.error as { message: string }).message).toContain("Rdp.OpenNetwork");
  expect((await rig.ask("/api/runs", { body, as: "opener" })).status).toBe(202);
});
