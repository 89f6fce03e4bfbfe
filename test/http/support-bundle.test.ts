import { randomUUID } from "node:crypto";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zipBundle } from "../../lib/report/zip-bundle.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";

let rig: Rig;
let id: string;
let path: string;

beforeAll(async () => {
  rig = await openRig();
  id = String((await rig.ask("/api/runs", { body: { vm: vmPath, mode: "diagnose" } })).json.id);
  await rig.engine.settled(id);
  path = `/api/runs/${id}/support-bundle`;
});
afterAll(() => rig.close());

const filesOf = (zip: string | Uint8Array) => Object.entries(unzipSync(zip as Uint8Array));
const textOf = (zip: string | Uint8Array) =>
  filesOf(zip)
    .map(([, bytes]) => strFromU8(bytes))
    .join("\n");

describe("the support bundle of a run", () => {
  test("is the zip file that the terminal writes, redacted", async () => {
    const { status, headers, body } = await rig.ask(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="rdp-${id}.zip"`,
    });
    const run = await rig.engine.get(id);
    if (!run.ok) throw new Error(run.problem.message);
    expect(body).toEqual(zipBundle(run.value, { redacts: true }).zip);
    expect(filesOf(body).map(([name]) => name)).toEqual(expect.arrayContaining(["case.md", "evidence.json"]));
    expect(textOf(body)).not.toContain(run.value.vm.name);
  });

  test("has the names where the query asks for them, and says what a query may be", async () => {
    const run = await rig.engine.get(id);
    if (!run.ok) throw new Error(run.problem.message);
    const { body } = await rig.ask(`${path}?redact=false`);
    expect(textOf(body)).toContain(run.value.vm.name);
    const refused = await rig.ask(`${path}?redact=maybe`);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.json)).toContain("redact");
  });

  test("is for those who may read the run, and of a run that is there", async () => {
    expect((await rig.ask(path, { as: null })).status).toBe(401);
    expect((await rig.ask(path, { as: "alerts" })).status).toBe(403);
    expect((await rig.ask(`/api/runs/${randomUUID()}/support-bundle`)).status).toBe(404);
  });
});
