import { describe, expect, test } from "vitest";
import { readSettings } from "../lib/settings.ts";

const tenant = { RDP_REMEDIATION_TENANT_ID: "00000000-0000-4000-8000-0000000000aa" };

function apiOf(environment: Record<string, string>) {
  const settings = readSettings(environment);
  if (!settings.ok) throw new Error(settings.problem.message);
  return settings.value.api;
}

describe("the settings of the API", () => {
  test("are careful when nothing is set, and nobody can sign in", () => {
    expect(apiOf({})).toEqual({
      signIn: null,
      page: { clientId: null, portal: "https://portal.azure.com" },
      allowSelfApproval: false,
      maximumRisk: "interrupts-sessions",
      budgets: { runs: 300, vmLists: 30 },
      publicUrl: null,
      port: 7071,
    });
  });

  test("let a tenant sign in when it and the audiences are named", () => {
    expect(apiOf(tenant).signIn).toBeNull();
    expect(apiOf({ ...tenant, RDP_REMEDIATION_AUDIENCES: "api://rdp-remediation, 42" }).signIn).toEqual({
      tenantId: tenant.RDP_REMEDIATION_TENANT_ID,
      audiences: ["api://rdp-remediation", "42"],
      authorityHost: "https://login.microsoftonline.com",
    });
  });

  test("name an address without its last slash", () => {
    expect(apiOf({ RDP_REMEDIATION_PUBLIC_URL: "https://gate.example/rdp/" }).publicUrl).toBe(
      "https://gate.example/rdp",
    );
  });

  test("are refused together, by name and without their values", () => {
    const wrong = {
      RDP_REMEDIATION_TENANT_ID: "contoso",
      RDP_REMEDIATION_AUDIENCES: ",",
      RDP_REMEDIATION_ALLOW_SELF_APPROVAL: "1",
      RDP_REMEDIATION_MAXIMUM_RISK: "everything",
      RDP_REMEDIATION_PUBLIC_URL: "http://plain.example",
      RDP_REMEDIATION_PORT: "70710",
      RDP_REMEDIATION_ALERT_SCOPES: "/subscriptions/../x",
    };
    const settings = readSettings(wrong);
    if (settings.ok) throw new Error("they were taken");
    for (const [name, value] of Object.entries(wrong)) {
      expect(settings.problem.message).toContain(name);
      if (value.length > 1) expect(settings.problem.message).not.toContain(value);
    }
  });
});

describe("the pipeline for network fixes", () => {
  const named = {
    RDP_REMEDIATION_DISPATCH_REPOSITORY: "contoso/network",
    RDP_REMEDIATION_DISPATCH_TOKEN: "ghp_secret",
  };

  test("is none when nothing is set, and then nothing is handed over", () => {
    expect(readSettings({})).toMatchObject({ value: { dispatch: null, limits: { handsOver: false } } });
  });

  test("is a repository on GitHub, and a token", () => {
    expect(readSettings(named)).toMatchObject({
      value: {
        dispatch: { repository: "contoso/network", token: "ghp_secret", endpoint: "https://api.github.com" },
        limits: { handsOver: true },
      },
    });
  });

  test.each([
    { RDP_REMEDIATION_DISPATCH_REPOSITORY: "contoso/network" },
    { RDP_REMEDIATION_DISPATCH_TOKEN: "ghp_secret" },
    { ...named, RDP_REMEDIATION_DISPATCH_REPOSITORY: "contoso/../other" },
    { ...named, RDP_REMEDIATION_DISPATCH_TOKEN: "ghp_secret with a space" },
    { ...named, RDP_REMEDIATION_DISPATCH_ENDPOINT: "http://github.contoso.com" },
  ])("is refused by name and without its values: %j", (environment) => {
    const settings = readSettings(environment);
    expect(settings.ok).toBe(false);
    expect(JSON.stringify(settings)).toContain("RDP_REMEDIATION_DISPATCH_");
    expect(JSON.stringify(settings)).not.toContain("ghp_secret");
  });
});

describe("what every run keeps to", () => {
  test("is careful when nothing is set", () => {
    expect(readSettings({})).toMatchObject({
      ok: true,
      value: {
        limits: {
          sessionsWithoutAsking: 0,
          weakenMinutes: 60,
          weakenMaximumMinutes: 240,
          keepJournals: { days: 90, count: 20 },
          probes: false,
        },
      },
    });
  });

  test("weakens nothing for longer by default than at most", () => {
    const settings = readSettings({ RDP_REMEDIATION_WEAKEN_MINUTES: "300" });
    expect(settings).toMatchObject({ ok: false, problem: { code: "invalid-input" } });
    if (!settings.ok) expect(settings.problem.message).toContain("RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES");
  });
});
