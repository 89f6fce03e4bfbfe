import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { bicep, type Resource } from "./bicep-compiler.ts";
import { valueAt, wholeDeployment } from "./whole-deployment.ts";

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

const files = globSync("infra/roles/*.json").sort();
/** That of whole-deployment.ts. */
const environment = "whole";

function role(path: string) {
  return Role.parse(JSON.parse(readFileSync(path, "utf8")));
}

describe.each(files)("%s", (path) => {
  test("is a role without wildcards, each action once", () => {
    const { Actions } = role(path);
    expect(new Set(Actions.map((action) => action.toLowerCase())).size).toBe(Actions.length);
  });

  test("is not written in Bicep again", () => {
    const text = readFileSync("infra/modules/roles.bicep", "utf8");
    for (const action of role(path).Actions) expect(text).not.toContain(action);
  });
});

test("each has a name of its own", () => {
  expect(new Set(files.map((path) => role(path).Name)).size).toBe(files.length);
});

describe.skipIf(bicep === null)("the role definitions", () => {
  let definitions: readonly Resource[];

  beforeAll(async () => {
    definitions = (await wholeDeployment()).filter(({ type }) => type === "Microsoft.Authorization/roleDefinitions");
  });

  /** The environment and a token follow in the name: names are unique in a tenant. */
  function definitionOf(name: string): Resource {
    const named = definitions.filter(({ properties }) =>
      new RegExp(`^${name} ${environment} \\w{6}$`).test(String(valueAt(properties, "roleName"))),
    );
    const [only] = named;
    if (!only || named.length > 1) throw new Error(`${named.length} role definitions are named ${name}.`);
    return only;
  }

  test("are those of the files", () => {
    expect(definitions).toHaveLength(files.length);
  });

  test.each(files)("grant what %s grants, and nothing else", (path) => {
    const { Name, Description, Actions, NotActions, DataActions, NotDataActions } = role(path);
    expect(definitionOf(Name).properties).toMatchObject({
      description: Description,
      type: "CustomRole",
      permissions: [
        { actions: Actions, notActions: NotActions, dataActions: DataActions, notDataActions: NotDataActions },
      ],
    });
  });

  test("have ids that are the same at every deployment: of the subscription, the environment and the name of the role", () => {
    for (const name of files.map((path) => role(path).Name)) {
      expect(definitionOf(name).name).toBe(
        guid("/subscriptions/00000000-0000-0000-0000-000000000001", environment, name),
      );
    }
  });
});

test("the roles for alerts and networks grant a part of what the remediator has on its targets", () => {
  const actions = (name: string) => role(`infra/roles/${name}.json`).Actions;
  const having = (start: string) => actions("remediator").filter((one) => one.startsWith(start));
  expect(actions("alert-closer")).toEqual(having("Microsoft.AlertsManagement/"));
  expect(actions("network-reader")).toEqual(having("Microsoft.Network/"));
});

/** What `guid()` of Bicep gives: a UUID of version 5 (RFC 9562) of the texts in Azure Resource Manager's namespace. */
function guid(...texts: readonly string[]): string {
  const namespace = Buffer.from("11fb06fb712d4ddd98c7e71bbd588830", "hex");
  const hash = createHash("sha1").update(namespace).update(texts.join("-")).digest("hex");
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `${variant}${hash.slice(18, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

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
  const texts = globSync("infra/modules/*.bicep").map((path) => readFileSync(path, "utf8"));
  const written = texts.flatMap((text) =>
    [...text.matchAll(/'([0-9a-f-]{36})' \/\/ (.+)/g)].map(([, id = "", name]) => [id, name]),
  );
  expect(Object.fromEntries(written)).toEqual(known);
});
