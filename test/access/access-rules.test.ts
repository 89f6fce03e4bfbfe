import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AccessRules, type Identity, mayDo, principalsOf } from "../../lib/access/access-rules.ts";
import { refuseRun } from "../../lib/access/permit-run.ts";
import { readAccessRules } from "../../lib/access/read-access-rules.ts";
import { readSettings } from "../../lib/settings.ts";
import { storedRun } from "../fixtures/stored-run.ts";

const subscriptionId = "00000000-0000-4000-8000-000000000001";
const subscription = `/subscriptions/${subscriptionId}`;
const ada = "00000000-0000-4000-8000-0000000000d2";
const group = "00000000-0000-4000-8000-00000000000a";
const application = "00000000-0000-4000-8000-00000000000b";
const vm = { subscriptionId, resourceGroup: "rg-app", name: "vm-app-01" };
const nobody: Identity = {
  objectId: "00000000-0000-4000-8000-0000000000ff",
  applicationId: null,
  groups: [],
  roles: [],
};

function rules(...given: object[]): AccessRules {
  return AccessRules.parse({ rules: given.map((rule) => ({ name: "a rule", ...rule })) });
}

function answer(given: AccessRules, identity: Partial<Identity>, action: Parameters<typeof mayDo>[2], tags = {}) {
  return mayDo(given, principalsOf(given, { ...nobody, ...identity }), action, vm, tags);
}

describe("a rule", () => {
  test.each<[string, object, Partial<Identity>]>([
    ["a person", { objectId: ada.toUpperCase() }, { objectId: ada }],
    ["an application", { applicationId: application }, { applicationId: application.toUpperCase() }],
    ["a group", { group }, { groups: [group.toUpperCase()] }],
    ["an app role", { role: "Payments.Operator" }, { roles: ["Rdp.Read", "Payments.Operator"] }],
  ])("is for %s, and for nobody else", (_, who, identity) => {
    const given = rules({ who: [who], may: ["repair"], on: [{ scope: subscription }] });
    expect(answer(given, identity, "repair")).toBe("allowed");
    expect(answer(given, {}, "repair")).toBe("refused");
    // An id of one kind is none of another.
    expect(answer(given, { groups: [ada], roles: [group], applicationId: ada }, "repair")).toBe("refused");
  });

  test("allows what it names: a repair includes a diagnosis, everything includes reading, and nothing else follows", () => {
    const allowed = (may: string) => {
      const given = rules({ who: [{ objectId: ada }], may: [may], on: [{ scope: subscription }] });
      const actions = ["read", "diagnose", "repair", "weaken", "open-network", "approve"] as const;
      return actions.filter((action) => answer(given, { objectId: ada }, action) === "allowed");
    };
    expect(allowed("read")).toEqual(["read"]);
    expect(allowed("diagnose")).toEqual(["read", "diagnose"]);
    expect(allowed("repair")).toEqual(["read", "diagnose", "repair"]);
    expect(allowed("weaken")).toEqual(["read", "weaken"]);
    expect(allowed("open-network")).toEqual(["read", "open-network"]);
    expect(allowed("approve")).toEqual(["read", "approve"]);
  });

  test.each([
    [subscription, "allowed"],
    [`${subscription}/resourceGroups/RG-APP`, "allowed"],
    [`${subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01`, "allowed"],
    [`${subscription}/resourceGroups/rg-ap`, "refused"],
    [`${subscription}/resourceGroups/rg-app-2`, "refused"],
    [`${subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-0`, "refused"],
    ["/subscriptions/00000000-0000-4000-8000-000000000002", "refused"],
  ])("on %s: %s", (scope, expected) => {
    const given = rules({ who: [{ objectId: ada }], may: ["diagnose"], on: [{ scope }] });
    expect(answer(given, { objectId: ada }, "diagnose")).toBe(expected);
  });

  test("with a tag is for VMs that carry it, and cannot answer before the tags are known", () => {
    const on = [{ scope: subscription, tag: { name: "Team", value: "payments" } }];
    const given = rules({ who: [{ objectId: ada }], may: ["repair"], on });
    const principals = principalsOf(given, { ...nobody, objectId: ada });
    expect(mayDo(given, principals, "repair", vm, null)).toBe("depends-on-tags");
    expect(mayDo(given, [], "repair", vm, null)).toBe("refused");
    expect(answer(given, { objectId: ada }, "repair", { team: "payments" })).toBe("allowed");
    for (const tags of [{}, { team: "Payments" }, { team: "payments2" }, { other: "payments" }]) {
      expect(answer(given, { objectId: ada }, "repair", tags)).toBe("refused");
    }
  });

  test("does not lend one rule's place to another rule's action", () => {
    const given = rules(
      { who: [{ objectId: ada }], may: ["read"], on: [{ scope: subscription }] },
      { who: [{ objectId: ada }], may: ["repair"], on: [{ scope: `${subscription}/resourceGroups/rg-other` }] },
    );
    expect(answer(given, { objectId: ada }, "read")).toBe("allowed");
    expect(answer(given, { objectId: ada }, "repair")).toBe("refused");
  });
});

describe("the setting", () => {
  const valid = { rules: [{ name: "a", who: [{ objectId: ada }], may: ["repair"], on: [{ scope: subscription }] }] };

  test("is JSON, or the path of a file with it", () => {
    expect(readAccessRules(JSON.stringify(valid))).toEqual({ ok: true, value: valid });
    const folder = mkdtempSync(join(tmpdir(), "access-rules-"));
    const file = join(folder, "rules.json");
    writeFileSync(file, JSON.stringify({ $schema: "x", ...valid }));
    const given = (setting: string) => readSettings({ RDP_REMEDIATION_ACCESS_RULES: setting });
    expect(given(JSON.stringify(valid))).toMatchObject({ ok: true, value: { access: valid } });
    expect(given(file)).toMatchObject({ ok: true, value: { access: valid } });
    expect(given("/nowhere/rules.json")).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining("RDP_REMEDIATION_ACCESS_RULES: its file cannot be read") },
    });
    rmSync(folder, { recursive: true });
  });

  test("is valid as the page about it has it", () => {
    const [, example = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync("docs/access-rules.md", "utf8")) ?? [];
    expect(readAccessRules(example)).toMatchObject({ ok: true });
  });

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /^is not JSON$/],
    ["no rules", "{}", /rules/],
    ["an empty list, which would lock everybody out unseen", '{"rules":[]}', /rules: /],
    ["a field that does not exist", JSON.stringify({ ...valid, scopes: [] }), /scopes/],
    [
      "a scope that climbs",
      change({ on: [{ scope: `${subscription}/resourceGroups/..` }] }),
      /rules\.0\.on\.0\.scope: must be/,
    ],
    ["an action that does not exist", change({ may: ["everything"] }), /rules\.0\.may\.0/],
    ["two identities in one", change({ who: [{ objectId: ada, group }] }), /rules\.0\.who\.0: needs exactly one/],
    ["an identity that is no id", change({ who: [{ objectId: "ada" }] }), /rules\.0\.who\.0/],
    ["an identity that everybody is", change({ who: ["*"] }), /rules\.0\.who\.0/],
  ])("is refused with the place of the mistake: %s", (_, text, message) => {
    const read = readAccessRules(text);
    expect(read).toMatchObject({ ok: false, problem: { message: expect.stringMatching(message) } });
    expect(JSON.stringify(read)).not.toContain("secret");
  });

  function change(edit: object): string {
    return JSON.stringify({ rules: [{ ...valid.rules[0], ...edit, name: "secret" }] });
  }
});

describe("before a script", () => {
  const trigger = { kind: "http" as const, by: "Ada", objectId: ada };
  const given = rules({ who: [{ objectId: ada }], may: ["diagnose"], on: [{ scope: subscription }] });
  const group2 = rules({ who: [{ group }], may: ["repair"], on: [{ scope: subscription }] });

  test("a run goes on with what its requester was, by the rules of now", () => {
    const run = storedRun(1, { vm, trigger: { ...trigger, principals: [`group:${group}`] } });
    expect(refuseRun(group2, run)).toBeNull();
    expect(refuseRun(given, run)).toMatchObject({ code: "access-denied", retryable: false });
  });

  test("a run that an older version stored is its requester's", () => {
    expect(
      refuseRun(
        rules({ who: [{ objectId: ada }], may: ["repair"], on: [{ scope: subscription }] }),
        storedRun(1, { vm, trigger }),
      ),
    ).toBeNull();
    expect(refuseRun(group2, storedRun(1, { vm, trigger }))).toMatchObject({ code: "access-denied" });
  });

  test("runs of alerts need a rule for alerts; those of a terminal are their user's own", () => {
    const alert = { kind: "alert" as const, by: "a rule", alert: { id: "x", cause: "y", untagged: "repair" as const } };
    expect(refuseRun(given, storedRun(1, { vm, trigger: alert }))).toMatchObject({ code: "access-denied" });
    const forAlerts = rules({ who: [{ alerts: true }], may: ["repair"], on: [{ scope: subscription }] });
    expect(refuseRun(forAlerts, storedRun(1, { vm, trigger: alert }))).toBeNull();
    expect(refuseRun(given, storedRun(1, { vm, trigger: { kind: "terminal", by: "me" } }))).toBeNull();
    const scheduled = { kind: "schedule", by: "the schedule of the service" };
    expect(refuseRun(given, storedRun(1, { vm, intent: "diagnose", trigger: scheduled }))).toBeNull();
    expect(refuseRun(given, storedRun(1, { vm, intent: "repair", trigger: scheduled }))?.code).toBe("access-denied");
  });
});
