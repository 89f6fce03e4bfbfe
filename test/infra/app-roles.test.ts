import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { appRoles } from "../../lib/http/app-roles.ts";

const declared: { id: string; value: string; allowedMemberTypes: string[]; isEnabled: boolean }[] = JSON.parse(
  readFileSync("infra/app-registration/app-roles.json", "utf8"),
);

test("the app registration declares the roles that the API asks for, and no others", () => {
  expect(declared.map(({ value }) => value)).toEqual([...appRoles]);
  expect(declared.every(({ isEnabled }) => isEnabled)).toBe(true);
});

test("each has an id of its own", () => {
  for (const { id } of declared) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(declared.map(({ id }) => id)).size).toBe(declared.length);
});

test("alerts are delivered by an application, never by a person", () => {
  expect(declared.find(({ value }) => value === "ActionGroupsSecureWebhook")?.allowedMemberTypes).toEqual([
    "Application",
  ]);
});
