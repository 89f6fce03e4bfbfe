import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { repository } from "./bicep-grammar.ts";
import { readBicep, valueAt } from "./bicep-model.ts";

/*
 * The roles of infra/roles become custom roles by way of Bicep, action for action. That the code needs each of them and no other
 * is held where the sandbox enforces them: test/sandbox/least-privilege.test.ts.
 */

const Role = z.strictObject({
  Name: z.string().min(1),
  IsCustom: z.literal(true),
  Description: z.string().max(1024),
  Actions: z.array(z.string().regex(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+$/)).min(1),
  NotActions: z.array(z.never()),
  DataActions: z.array(z.never()),
  NotDataActions: z.array(z.never()),
  AssignableScopes: z.array(z.string()),
});

const files = globSync("infra/roles/*.json", { cwd: repository }).sort();
const bicep = readBicep("infra/modules/roles.bicep");

function role(path: string) {
  return Role.parse(JSON.parse(readFileSync(`${repository}${path}`, "utf8")));
}

describe.each(files)("%s", (path) => {
  test("is a role without wildcards, each action once", () => {
    const { Actions } = role(path);
    expect(new Set(Actions.map((action) => action.toLowerCase())).size).toBe(Actions.length);
  });

  test("is loaded by Bicep, and nothing of it is written there again", () => {
    expect(bicep.root.text).toContain(`loadJsonContent('../roles/${path.split("/").at(-1)}')`);
    for (const action of role(path).Actions) expect(bicep.root.text).not.toContain(action);
  });
});

test("each has a name of its own", () => {
  expect(new Set(files.map((path) => role(path).Name)).size).toBe(files.length);
});

describe("the role definitions", () => {
  const roles = bicep.resources.find(({ symbol }) => symbol === "roles");
  const permissions = roles && valueAt(roles.body, "properties.permissions.0");

  test("grant what the files grant", () => {
    expect(permissions && valueAt(permissions, "actions")?.text).toBe("role.Actions");
    expect(permissions && valueAt(permissions, "notActions")?.text).toBe("role.NotActions");
    expect(permissions && valueAt(permissions, "dataActions")?.text).toBe("role.DataActions");
    expect(permissions && valueAt(permissions, "notDataActions")?.text).toBe("role.NotDataActions");
  });

  test("have names that are the same at every deployment", () => {
    expect(roles && valueAt(roles.body, "name")?.text).toBe("definitionIds[at]");
    expect(bicep.root.text).toContain("map(definitions, role => guid(subscription().id, role.Name))");
  });

  test("for alerts takes its actions from the remediator's", () => {
    const actions = role("infra/roles/remediator.json").Actions.filter((one) =>
      one.startsWith("Microsoft.AlertsManagement/"),
    );
    expect(actions).not.toEqual([]);
    expect(bicep.root.text).toContain(
      "filter(remediator.Actions, action => startsWith(action, 'Microsoft.AlertsManagement/'))",
    );
  });
});

test("nobody is assigned a role that may write VMs, their extensions or roles", () => {
  const dangerous =
    /virtualMachines\/(write|delete|extensions)|Microsoft\.Authorization|networkSecurityGroups\/.*write/i;
  expect(files.flatMap((path) => role(path).Actions).filter((action) => dangerous.test(action))).toEqual([]);
});

test("the built-in roles are the ones that their comments name", () => {
  // Of Azure's list of built-in roles.
  const known: Record<string, string> = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
  };
  const texts = globSync("infra/modules/*.bicep", { cwd: repository }).map((path) =>
    readFileSync(`${repository}${path}`, "utf8"),
  );
  const written = texts.flatMap((text) =>
    [...text.matchAll(/'([0-9a-f-]{36})' \/\/ (.+)/g)].map(([, id = "", name]) => [id, name]),
  );
  expect(Object.fromEntries(written)).toEqual(known);
});
