import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Environment } from "../../lib/environment.ts";
import { appRoles } from "../../lib/http/caller.ts";

const page = readFileSync("docs/deploying.md", "utf8");
const bicep = readFileSync("infra/main.bicep", "utf8");
const matches = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name = ""]) => name);

test("what azd is told, the parameter file reads, and it reads nothing more", () => {
  const parameters = readFileSync("infra/main.parameters.json", "utf8");
  const read = [...parameters.matchAll(/\$\{(\w+?)(?:=[^}]*)?\}/g)].map(([, name = ""]) => name);
  const fromAzd = ["AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID"];
  expect([...new Set(matches(/azd env set (\w+)/g)), ...fromAzd].sort()).toEqual([...new Set(read)].sort());
});

test("the parameters that it names are those of the template", () => {
  for (const name of ["alerts", "apiObjectId", "durableBackend", "privateNetwork", "alwaysReadyInstances"]) {
    expect(page).toContain(`\`${name}\``);
    expect(bicep).toContain(`\nparam ${name} `);
  }
});

test("the outputs that it reads are given", () => {
  for (const name of matches(/<([A-Z_]{4,})>/g).concat(matches(/get-value (\w+)/g))) {
    expect(bicep).toContain(`\noutput ${name} `);
  }
});

test("the settings that it names exist", () => {
  expect(matches(/`(RDP_REMEDIATION_\w+)`/g).filter((name) => !(name in Environment.shape))).toEqual([]);
});

test("every role of the API is said who should hold it, or follows from another", () => {
  expect(appRoles.filter((role) => !page.includes(`\`${role}\``))).toEqual(["Rdp.Read"]);
});

test("every file that it links to is there", () => {
  const links = matches(/\]\(([^)#]+)\)/g).filter((link) => !link.startsWith("http"));
  expect(links.length).toBeGreaterThan(4);
  for (const link of links)
    expect(() => readFileSync(new URL(link, new URL("../../docs/", import.meta.url)))).not.toThrow(/ENOENT/);
});
