import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { Environment } from "../../lib/environment.ts";
import { appRoles } from "../../lib/http/app-roles.ts";
import { deployedNode } from "../../scripts/build-functions.ts";

const page = readFileSync("docs/deploying.md", "utf8");
const bicep = readFileSync("infra/main.bicep", "utf8");
const matches = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name = ""]) => name);

test("what azd is told, the parameter file reads, and it reads nothing more", () => {
  const parameters = readFileSync("infra/main.parameters.json", "utf8");
  const read = [...parameters.matchAll(/\$\{(\w+?)(?:=[^}]*)?\}/g)].map(([, name = ""]) => name);
  const fromAzd = ["AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID"];
  expect([...new Set(matches(/azd env set(?:-secret)? (\w+)/g)), ...fromAzd].sort()).toEqual([...new Set(read)].sort());
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

test("what it says of azd is what azure.yaml demands and does", () => {
  const project = parse(readFileSync("azure.yaml", "utf8"));
  const [, version = ""] = /^>= (\d+\.\d+)\.0$/.exec(project.requiredVersions.azd) ?? [];
  expect(page).toContain(`\`azd\`, ${version} or newer`);
  expect(page).toContain(`older than ${version}`);
  const [, stage = ""] = /(npm exec -- .+)/.exec(project.services.api.hooks.prepackage.posix.run) ?? [];
  const { dist } = project.services.api;
  expect(page).toContain(
    `\n    ${stage} azure-storage\n    (cd ${dist} && zip --quiet --recurse-paths ../${dist}.zip .)`,
  );
});

test("the Node.js of the app is the one that is deployed and tested", () => {
  expect(page).toContain(`Function app, Flex Consumption, Node ${deployedNode} |`);
  expect(readFileSync("infra/modules/function-app.bicep", "utf8")).toContain(
    `runtime: { name: 'node', version: '${deployedNode}' }`,
  );
  const { jobs } = parse(readFileSync(".github/workflows/ci.yml", "utf8"));
  const matrices = Object.values(jobs as Record<string, { strategy?: { matrix: { node?: number[] } } }>);
  const tested = matrices.flatMap(({ strategy }) => strategy?.matrix.node ?? []);
  expect(tested.map(String)).toContain(deployedNode);
});

test("what it removes beside the resource group is all that is put outside of it", () => {
  const outside = [
    ...bicep.matchAll(/^module \w+ '(.+)' = .*\n(?: {2}for .*\n)?(?:.*\n){1,4}? +scope: resourceGroup\(/gm),
  ];
  expect(outside.map(([, path]) => path)).toEqual([
    // A role assignment: removed with all of the service's identity.
    "modules/mail-role.bicep",
    "alerts/association.bicep",
    "alerts/connection-monitor.bicep",
  ]);
  const association = readFileSync("infra/alerts/association.bicep", "utf8");
  const [, type = "", version = "", name = ""] =
    /'(Microsoft\.Insights\/\w+)@([\d-]+)' = \{\n {2}name: '(.+)'/.exec(association) ?? [];
  expect(page).toContain(`/providers/${type}/${name}?api-version=${version}"`);
  expect(page).toContain("--tag azd-env-name=");
  expect(readFileSync("infra/alerts/connection-monitor.bicep", "utf8").match(/^ {2}tags: tags$/gm)).toHaveLength(2);
});

test("every file that it links to is there", () => {
  const links = matches(/\]\(([^)#]+)\)/g).filter((link) => !link.startsWith("http"));
  expect(links.length).toBeGreaterThan(4);
  for (const link of links)
    expect(() => readFileSync(new URL(link, new URL("../../docs/", import.meta.url)))).not.toThrow(/ENOENT/);
});
