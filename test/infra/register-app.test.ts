import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectGraph } from "../../infra/app-registration/graph.ts";
import {
  type AppRole,
  alertSender,
  type DesiredRegistration,
  registerApp,
} from "../../infra/app-registration/register.ts";
import { pageAddress } from "../../infra/app-registration/register-page.ts";
import { type FakeGraph, serveGraph } from "./fake-graph.ts";

const appRoles: AppRole[] = JSON.parse(readFileSync("infra/app-registration/app-roles.json", "utf8"));
const person = "d0000000-0000-4000-8000-000000000001";
const desired: DesiredRegistration = { displayName: "rdp-remediation", appRoles, assignments: [], whatIf: false };
const roleId = (name: string) => appRoles.find(({ value }) => value === name)?.id;

let fake: FakeGraph;
beforeEach(async () => {
  fake = await serveGraph("a token");
});
afterEach(() => fake.close());

function run(changes: Partial<DesiredRegistration> = {}, token = "a token") {
  return registerApp(
    connectGraph(fake.url, token, async () => {}),
    { ...desired, ...changes },
  );
}

describe("a tenant without the registration", () => {
  test("gets it whole: roles, tokens of version 2, the Azure CLI, alerts, assignments", async () => {
    const done = await run({ assignments: [{ role: "Rdp.Repair", principalId: person }] });
    const [application] = fake.applications;
    expect(application).toMatchObject({
      displayName: "rdp-remediation",
      signInAudience: "AzureADMyOrg",
      appRoles,
      identifierUris: [`api://${application?.appId}`],
      api: { requestedAccessTokenVersion: 2 },
      // By these access rules name a group.
      groupMembershipClaims: "SecurityGroup",
    });
    expect(application?.api.preAuthorizedApplications).toHaveLength(1);
    const [own, sender] = fake.principals;
    expect(sender?.appId).toBe(alertSender);
    expect(fake.assignments).toEqual([
      { principalId: sender?.id, resourceId: own?.id, appRoleId: roleId("ActionGroupsSecureWebhook") },
      { principalId: person, resourceId: own?.id, appRoleId: roleId("Rdp.Repair") },
    ]);
    expect(done).toMatchObject({ apiClientId: application?.appId, apiObjectId: application?.id });
  });

  test("a what-if changes nothing, and says the same steps", async () => {
    const assignments = [{ role: "Rdp.Repair", principalId: person }];
    const would = await run({ whatIf: true, assignments });
    expect(fake.writes).toEqual([]);
    expect(would.apiClientId).toBeNull();
    expect(would.steps.join(" ")).toMatch(/Make the app registration.*service principal.*Assign Rdp.Repair/);
  });
});

test("a second run changes nothing, also when the assignments fill more than one page", async () => {
  const assignments = ["Rdp.Read", "Rdp.Repair", "Rdp.Approve"].map((role) => ({ role, principalId: person }));
  await run({ assignments });
  fake.writes.length = 0;
  expect((await run({ assignments })).steps).toEqual([]);
  expect(fake.writes).toEqual([]);
});

test("one that was made by hand is completed, and what others added stays", async () => {
  const theirs = { id: "e0000000-0000-4000-8000-000000000001", value: "Theirs" };
  fake.applications.push({
    id: "b0000000-0000-4000-8000-000000000009",
    appId: "a0000000-0000-4000-8000-000000000009",
    displayName: "rdp-remediation",
    signInAudience: "AzureADMyOrg",
    identifierUris: ["https://theirs.example.com"],
    appRoles: [theirs, ...appRoles.slice(0, 2)],
    groupMembershipClaims: "DirectoryRole",
    api: { requestedAccessTokenVersion: null, oauth2PermissionScopes: [], preAuthorizedApplications: [] },
  });
  const { steps } = await run();
  const [application] = fake.applications;
  expect(fake.applications).toHaveLength(1);
  expect(application?.appRoles.map(({ value }) => value).sort()).toEqual(
    [theirs, ...appRoles].map(({ value }) => value).sort(),
  );
  expect(application?.identifierUris).toEqual(["https://theirs.example.com", `api://${application?.appId}`]);
  expect(application?.api.requestedAccessTokenVersion).toBe(2);
  expect(application?.groupMembershipClaims).toBe("SecurityGroup, DirectoryRole");
  expect(steps.join(" ")).toContain("version 2");
  expect(steps.join(" ")).toContain("security groups");
});

describe("the operator page", () => {
  const pages = [pageAddress("https://rdp.example.com")];

  test("gets an application of its own, which may call the API and nothing else, without a consent", async () => {
    const { pageClientId } = await run({ pages });
    const [api, page] = fake.applications;
    expect(page).toMatchObject({
      appId: pageClientId,
      displayName: "rdp-remediation-page",
      signInAudience: "AzureADMyOrg",
      spa: { redirectUris: ["https://rdp.example.com/app/"] },
      requiredResourceAccess: [{ resourceAppId: api?.appId, resourceAccess: [{ type: "Scope" }] }],
      appRoles: [],
    });
    const [permission] = api?.api.oauth2PermissionScopes ?? [];
    expect(page?.requiredResourceAccess?.[0]?.resourceAccess[0]?.id).toBe(permission?.id);
    expect(api?.api.preAuthorizedApplications.map(({ appId }) => appId)).toContain(pageClientId);
    expect(api?.api.preAuthorizedApplications).toHaveLength(2);
    expect(fake.principals.map(({ appId }) => appId)).toContain(pageClientId);
  });

  test("a second run changes nothing; another address is added to those that are there", async () => {
    await run({ pages });
    fake.writes.length = 0;
    expect((await run({ pages })).steps).toEqual([]);
    expect((await run()).steps).toEqual([]);
    expect(fake.writes).toEqual([]);
    const { steps } = await run({ pages: [pageAddress("http://localhost:7071/")] });
    expect(steps).toEqual([expect.stringContaining("http://localhost:7071/app/")]);
    expect(fake.applications[1]?.spa?.redirectUris).toEqual([...pages, "http://localhost:7071/app/"]);
  });

  test("a what-if changes nothing, with and without an API", async () => {
    expect((await run({ pages, whatIf: true })).steps.join(" ")).toContain("operator page");
    expect(fake.writes).toEqual([]);
    await run();
    fake.writes.length = 0;
    expect((await run({ pages, whatIf: true })).steps.join(" ")).toContain("operator page");
    expect(fake.writes).toEqual([]);
  });

  test.each(["http://rdp.example.com", "rdp.example.com", "ftp://rdp.example.com", "http://127.0.0.1:7071"])(
    "%s is refused before anything is written",
    (service) => {
      expect(() => pageAddress(service)).toThrow("https");
    },
  );

  test("the address of the page is that of the service, however it ends", () => {
    for (const service of ["https://a.example/b", "https://a.example/b/", "https://a.example/b/app/#/runs"]) {
      expect(pageAddress(service)).toBe("https://a.example/b/app/");
    }
  });
});

describe("groups in tokens", () => {
  test.each([null, "None", "DirectoryRole"])(
    "are added where they are missing (%s), and a what-if says so",
    async (given) => {
      await run();
      const [application] = fake.applications;
      if (application) application.groupMembershipClaims = given;
      fake.writes.length = 0;
      expect((await run({ whatIf: true })).steps).toEqual([expect.stringContaining("security groups")]);
      expect(fake.writes).toEqual([]);
      await run();
      expect(application?.groupMembershipClaims).toMatch(/^SecurityGroup/);
      expect((await run()).steps).toEqual([]);
    },
  );

  test.each(["All", "ApplicationGroup", "SecurityGroup, DirectoryRole"])(
    "stay as the tenant has chosen: %s",
    async (chosen) => {
      await run();
      const [application] = fake.applications;
      if (application) application.groupMembershipClaims = chosen;
      expect((await run()).steps).toEqual([]);
      expect(application?.groupMembershipClaims).toBe(chosen);
    },
  );
});

describe("says what to do when", () => {
  test("two registrations have the name", async () => {
    await run();
    fake.applications.push({
      ...structuredClone(fake.applications[0] as (typeof fake.applications)[0]),
      appId: "other",
    });
    await expect(run()).rejects.toThrow(/2 app registrations are named rdp-remediation .*--name/);
  });

  test("a role is none of ours", async () => {
    await expect(run({ assignments: [{ role: "Rdp.Root", principalId: person }] })).rejects.toThrow(
      /no app role Rdp.Root.*Rdp.Read/,
    );
  });

  test("Graph refuses", async () => {
    await expect(run({}, "another token")).rejects.toThrow(/Graph refused GET .*401/);
  });

  test("an id of a role is taken", async () => {
    await run();
    const [application] = fake.applications;
    const repair = application?.appRoles.find(({ value }) => value === "Rdp.Repair");
    if (repair) repair.value = "Something.Else";
    await expect(run()).rejects.toThrow(/id of the app role Rdp.Repair belongs to another role/);
  });
});
