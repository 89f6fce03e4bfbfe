import { afterAll, beforeAll, expect, test } from "vitest";
import { explainError } from "../../lib/error-codes/explain-error.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

test.each([
  ["code=0x904&extended=0x7", "0x904/0x7"],
  ["code=2308&extended=7", "0x904/0x7"],
  ["code=904", "0x904"],
  ["extended=0x7", "extended 0x7"],
  ["text=0x904%200x7", "0x904/0x7"],
  ["text=An%20internal%20error%20has%20occurred", "internal error has occurred"],
])("%s is understood as %s", async (query, understood) => {
  const { status, json } = await rig.ask(`/api/explain?${query}`);
  expect({ status, json }).toMatchObject({ status: 200, json: { known: true, understood } });
});

test("the answer is the explanation, and an unknown code is an answer too", async () => {
  const { json } = await rig.ask("/api/explain?code=0x999");
  expect(json).toEqual(explainError("0x999"));
  expect(json).toMatchObject({ known: false, notUnderstood: ["0x999 (no published disconnect reason)"] });
});

test.each([
  ["", /needs either text, or code or extended/],
  ["code=0x904&text=0x904", /needs either text, or code or extended/],
  ["code=", /code/],
  ["code=0x904%2F0x7", /code/],
  [`code=${"1".repeat(41)}`, /code/],
  [`text=${"a".repeat(2001)}`, /text/],
  ["code=1&code=2", /more than once/],
  ["cod=1", /no such field/],
])("%j is refused", async (query, sentence) => {
  const { status, json } = await rig.ask(`/api/explain?${query}`);
  expect(status).toBe(400);
  expect(JSON.stringify(json)).toMatch(sentence);
});

test("it needs the role of every other read", async () => {
  expect((await rig.ask("/api/explain?code=0x904", { as: null })).status).toBe(401);
  expect((await rig.ask("/api/explain?code=0x904", { as: "alerts" })).status).toBe(403);
});

test("a run takes the error in any form, and its text may have line breaks", async () => {
  const body = { vm: vmPath, mode: "diagnose", clientError: "Error code: 0x904\r\nExtended error code: 0x7\u0000" };
  const { status, json } = await rig.ask("/api/runs", { body });
  expect(status).toBe(202);
  expect(json.options).toMatchObject({ clientError: "Error code: 0x904 Extended error code: 0x7" });
  expect(JSON.stringify(json.log)).toContain("The client shows 0x904/0x7.");
});
