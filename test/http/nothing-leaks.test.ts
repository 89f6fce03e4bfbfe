import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ok } from "../../lib/core/problem.ts";
import { createAlertReceiver } from "../../lib/http/alert-receiver.ts";
import type { AlertIntake } from "../../lib/http/responses.ts";
import { aboutTheVm, type Edits, pathsOf, type SampleName, sample, sampleNames, vm } from "../alerts/samples.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";
import { appClaims, requester, sign, signIn } from "./sign-in.ts";

/*
 * Through the whole API: what is refused starts nothing, and nothing that is secret or personal is logged, kept or
 * told.
 */

const consoleMethods = ["debug", "info", "log", "warn", "error"] as const;

let rig: Rig;
let written: string[];

beforeEach(async () => {
  written = [];
  const hear = (...said: unknown[]) => void written.push(said.map(String).join(" "));
  for (const method of consoleMethods) vi.spyOn(console, method).mockImplementation(hear);
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      hear(text);
      return true;
    });
  }
  const intake: { receive?: ReturnType<typeof createAlertReceiver> } = {};
  rig = await openRig({ receiveAlert: async (body) => intake.receive?.(body) as Promise<AlertIntake> });
  const { engine, store } = rig;
  const scopes = [`/subscriptions/${vm.subscriptionId}`];
  const policy = {
    scopes,
    untagged: "report",
    maximumRisk: "low",
    coolDownMs: 1,
    maximumVmsPerHour: 99,
    maximumRunsPerVm: 99,
  } as const;
  const tagReader = { tagsOf: async () => ok({}) };
  intake.receive = createAlertReceiver({ engine, store, tagReader, policy, now: () => new Date() });
});
afterEach(async () => {
  vi.restoreAllMocks();
  expect(rig.surprises).toEqual([]);
  await rig.close();
});

const runs = async () => (await rig.engine.list({ limit: 100 })).runs;
const deliver = (name: SampleName, edits: Edits = {}) =>
  rig.ask("/api/alerts", { body: sample(name, edits), as: "alerts" });

describe("an alert", () => {
  test.each(sampleNames)("%s with each field removed in turn is taken or refused, and never a fault", async (name) => {
    for (const path of pathsOf(sample(name))) {
      const before = (await runs()).length;
      const { status, json, headers } = await deliver(name, { [path]: undefined });
      expect([path, status]).toEqual([path, expect.toBeOneOf([202, 400])]);
      if (status === 202) continue;
      expect(headers["x-ms-error-code"]).toBe("InvalidInput");
      expect((json.error as { message: string }).message.length).toBeLessThan(600);
      expect((await runs()).length).toBe(before);
    }
    expect(written).toEqual([]);
  });

  test("leaves nothing of whoever is named in it: not in the log, the run, or any answer", async () => {
    const personal = ["pat@example.com", "Pat Example", "203.0.113.9"];
    const whole = JSON.stringify(sample("activity-log-restart"));
    for (const word of personal) expect(whole).toContain(word);
    const { json } = await deliver("activity-log-restart");
    const [{ runId = "" } = {}] = json.accepted as { runId?: string }[];
    const ended = await rig.engine.settled(runId);
    const shown = await rig.ask(`/api/runs/${runId}`);
    for (const word of personal) {
      expect([JSON.stringify(ended), shown.body, JSON.stringify(json), ...written].join("\n")).not.toContain(word);
    }
  });

  test.each(aboutTheVm)("%s whose text tries to write a line of its own stays one line", async (name) => {
    await deliver(name, { "data.essentials.alertRule": 'rule\n{"forged":true}\u001b[31m\u2028x' });
    for (const { trigger } of await runs()) expect(trigger.by).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });
});

describe("a token that is refused", () => {
  const hour = 3600;
  const good = appClaims(requester, ["Rdp.Repair", "ActionGroupsSecureWebhook"]);
  const none = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const another = "00000000-0000-4000-8000-0000000000bb";
  const tokens: Record<string, () => Promise<string>> = {
    "has expired": () => sign({ ...good, exp: Math.floor(Date.now() / 1000) - hour }),
    "is of a foreign tenant": () => sign({ ...good, tid: another, iss: `https://sts.windows.net/${another}/` }),
    "is for another audience": () => sign({ ...good, aud: "https://management.azure.com" }),
    "is not signed": async () => `${(await sign(good)).split(".").slice(0, 2).join(".")}.`,
    "says alg none": async () => `${none({ alg: "none" })}.${none(good)}.`,
  };

  test.each(Object.entries(tokens))("because it %s starts nothing, and is nowhere to be seen", async (_, make) => {
    const token = await make();
    const headers = { authorization: `Bearer ${token}` };
    const asked = [
      await rig.ask("/api/runs", { body: { vm: vmPath, mode: "repair" }, headers }),
      await rig.ask("/api/alerts", { body: sample("resource-health"), headers }),
      await rig.ask("/api/runs", { headers }),
    ];
    for (const { status, headers: told, body } of asked) {
      expect([status, told["x-ms-error-code"]]).toEqual([401, "Unauthorized"]);
      expect(told["www-authenticate"]).toContain(signIn.tenantId);
      for (const part of token.split(".").filter(Boolean)) expect(body + JSON.stringify(told)).not.toContain(part);
    }
    expect(await runs()).toEqual([]);
    expect(written).toEqual([]);
  });
});
