import { describe, expect, test } from "vitest";
import { readReceivers, readSecrets, secretProblems } from "../../lib/notifications/read-receivers.ts";
import { readSettings } from "../../lib/settings.ts";
import { receivers, signingSecret } from "./samples.ts";

const webhook = { name: "desk", kind: "webhook", url: "https://desk.contoso.example/hook" };
const mail = {
  name: "mail",
  kind: "email",
  endpoint: "https://contoso.unitedstates.communication.azure.com",
  from: "rdp@contoso.example",
  to: ["desk@contoso.example"],
};

function problemOf(...given: readonly unknown[]): string {
  const read = readReceivers(JSON.stringify({ receivers: given }));
  return read.ok ? "" : read.problem.message;
}

describe("receivers", () => {
  test("of every kind are read, with their defaults", () => {
    const [one] = receivers(
      webhook,
      { name: "teams", kind: "teams", url: { secret: "teams-url" } },
      { name: "slack", kind: "slack", url: { secret: "slack-url" } },
      mail,
    );
    expect(one).toMatchObject({ minimumSeverity: "informational", headers: {} });
    expect(one?.events).toContain("run.plan-waits");
  });

  test.each([
    [{ ...webhook, url: "http://desk.contoso.example" }, /receivers\.0\.url: must be an https URL/],
    [{ ...webhook, url: "https://user:password@desk.contoso.example" }, /receivers\.0\.url/],
    [{ ...webhook, name: "Desk 1" }, /receivers\.0\.name: must be lower-case letters/],
    [{ ...webhook, kind: "pager" }, /receivers\.0\.kind/],
    [{ ...webhook, events: ["run.begins"] }, /receivers\.0\.events\.0/],
    [{ ...webhook, scopes: ["vm-app-01"] }, /receivers\.0\.scopes\.0: must be the resource id/],
    [
      { ...webhook, quietHours: { timeZone: "Mars/Olympus", periods: [{ from: "22:00", to: "06:00" }] } },
      /quietHours\.timeZone: must be a time zone/,
    ],
    [
      { ...webhook, quietHours: { timeZone: "UTC", periods: [{ from: "25:00", to: "06:00" }] } },
      /quietHours\.periods\.0\.from: must be a time as 22:00/,
    ],
    [{ ...webhook, headers: { Host: "elsewhere" } }, /headers/],
    [{ ...webhook, headers: { "Webhook-Signature": "v1,AAAA" } }, /headers/],
    [{ ...webhook, headers: { "X-Team": "a\r\nX-Other: b" } }, /headers/],
    [
      { ...webhook, body: { short_description: "{{data..}}" } },
      /receivers\.0\.body\.short_description: "data\.\." is not a JMESPath expression/,
    ],
    [{ ...webhook, password: "x" }, /receivers\.0/],
    [{ ...mail, to: [] }, /receivers\.0\.to/],
    [{ ...mail, to: ["desk"] }, /receivers\.0\.to\.0/],
    [
      { ...mail, endpoint: "https://collector.example" },
      /receivers\.0\.endpoint: must be https:\/\/NAME\.communication\.azure\.com/,
    ],
  ])("%j are refused by path", (given, expected) => {
    expect(problemOf(given)).toMatch(expected);
  });

  test("two with one name, more than ten, and what is no JSON are refused", () => {
    expect(problemOf(webhook, webhook)).toContain("two receivers have the same name");
    expect(problemOf(...Array.from({ length: 11 }, (_, at) => ({ ...webhook, name: `r${at}` })))).toContain(
      "receivers:",
    );
    expect(readReceivers("[")).toMatchObject({ ok: false, problem: { message: "it is not JSON" } });
  });
});

describe("secrets", () => {
  test("that are missing or no signing secrets are named, without a value", () => {
    const given = receivers({
      ...webhook,
      signing: [{ secret: "key" }, { secret: "weak" }],
      headers: { Authorization: { secret: "auth" } },
    });
    expect(secretProblems(given, { key: signingSecret, weak: "whsec_c2hvcnQ=" })).toEqual([
      'receiver desk needs the secret "auth"',
      'the secret "weak" of receiver desk must be whsec_ and base64 of 24 to 64 bytes',
    ]);
    expect(secretProblems(given, { key: signingSecret, weak: signingSecret, auth: "Bearer x" })).toEqual([]);
  });

  test("with a URL must be an https URL", () => {
    const given = receivers({ name: "teams", kind: "teams", url: { secret: "url" } });
    expect(secretProblems(given, { url: "http://teams.example/hook" })).toHaveLength(1);
    expect(secretProblems(given, { url: "https://user@teams.example/hook" })).toHaveLength(1);
    expect(secretProblems(given, { url: "https://teams.example/hook?sig=abc" })).toEqual([]);
  });

  test("are not read from a Key Vault reference that is not resolved", () => {
    const read = readSecrets("@Microsoft.KeyVault(VaultName=kv;SecretName=notification-secrets)");
    expect(read).toMatchObject({ ok: false, problem: { message: expect.stringContaining("not resolved") } });
  });
});

describe("the settings", () => {
  const settings = (more: Record<string, string>) =>
    readSettings({ RDP_REMEDIATION_NOTIFICATIONS: JSON.stringify({ receivers: [webhook] }), ...more });

  test("have nobody to tell by default", () => {
    expect(readSettings({})).toMatchObject({ ok: true, value: { notifications: null } });
  });

  test("need a place where links lead: the public URL, or the host name of the Functions app", () => {
    expect(settings({})).toMatchObject({ problem: { message: expect.stringContaining("RDP_REMEDIATION_PUBLIC_URL") } });
    expect(settings({ WEBSITE_HOSTNAME: "func.azurewebsites.net" })).toMatchObject({
      value: { notifications: { publicUrl: "https://func.azurewebsites.net" } },
    });
    expect(
      settings({ WEBSITE_HOSTNAME: "func.azurewebsites.net", RDP_REMEDIATION_PUBLIC_URL: "https://rdp.example/" }),
    ).toMatchObject({
      value: { notifications: { publicUrl: "https://rdp.example" } },
    });
  });

  test.each(["", "localhost:7071", "not a host", "a/b"])("start whatever the platform calls its host: %j", (host) => {
    expect(readSettings({ WEBSITE_HOSTNAME: host })).toMatchObject({ ok: true, value: { notifications: null } });
  });

  test("name the path of what is wrong, and no value of a secret", () => {
    const wrong = JSON.stringify({ receivers: [{ ...webhook, url: "http://desk" }] });
    expect(settings({ RDP_REMEDIATION_NOTIFICATIONS: wrong })).toMatchObject({
      problem: {
        message: expect.stringContaining("RDP_REMEDIATION_NOTIFICATIONS: receivers.0.url: must be an https URL"),
      },
    });
    const read = settings({ RDP_REMEDIATION_NOTIFICATION_SECRETS: '{"key": ["hunter2"]}' });
    expect(JSON.stringify(read)).not.toContain("hunter2");
    expect(read.ok).toBe(false);
  });
});
