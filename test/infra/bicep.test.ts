import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../lib/http/routes.ts";
import { deployedNode } from "../../scripts/build-functions.ts";
import { parseExpression } from "./arm-expression.ts";
import { bicep, build, type Json, type Resource, snapshot, summarize } from "./bicep-compiler.ts";
import { resourceOf } from "./whole-deployment.ts";

/*
 * The files of infra under the Bicep compiler and its linter, and what main.bicep deploys with the parameters that are
 * here. What a change deploys shows in infra/parameters/*.resources.txt; `npx vitest run -u test/infra/bicep.test.ts`
 * writes them anew.
 */

const deployed = ["trying", "production"] as const;

/** What azd puts in place of `${NAME}`. */
const filledIn: Record<string, string> = {
  RDP_API_OBJECT_ID: "00000000-0000-0000-0000-000000000004",
  RDP_SETTINGS: '{"RDP_REMEDIATION_MAXIMUM_RISK":"low"}',
  RDP_ALERTS: '{"regions":["westeurope"],"vms":[],"mode":"report"}',
  AZURE_ENV_NAME: "trying",
  AZURE_LOCATION: "westeurope",
  RDP_API_CLIENT_ID: "00000000-0000-0000-0000-000000000003",
  AZURE_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000001",
  RDP_TARGET_RESOURCE_GROUP: "rg-app",
};

/** The role definitions that every installation needs. */
const madeBeforehand = {
  remediator: "00000000-0000-0000-0000-000000000006",
  alertCloser: "00000000-0000-0000-0000-000000000007",
};

/**
 * The parameter file after azd has filled it in. It makes numbers, switches, lists and objects of texts where the template has
 * such a parameter, and leaves out what nobody has set (azure-dev, bicep_provider.go, loadParameters).
 */
function filledByAzd(environment: Readonly<Record<string, string>>): Record<string, { value: Json }> {
  const parameters = Object.entries(parametersOf("infra/main.parameters.json")).flatMap(([name, { value }]) => {
    const whole = typeof value === "string" ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined;
    if (whole !== undefined && environment[whole] === undefined) return [];
    const text = JSON.stringify(value).replaceAll(/"\$\{(\w+)(?:=([^}]*))?\}"/g, (_, variable, otherwise = "") => {
      const told = environment[variable] ?? otherwise;
      return /^(true|false|\d+|[[{].*)$/.test(told) ? told : JSON.stringify(told);
    });
    return [[name, { value: JSON.parse(text) }] as const];
  });
  return Object.fromEntries(parameters);
}

function parametersOf(path: string): Record<string, { value: Json }> {
  return JSON.parse(readFileSync(path, "utf8")).parameters;
}

describe.skipIf(bicep === null)("infra under the Bicep compiler", () => {
  let built: Awaited<ReturnType<typeof build>>;
  const snapshots = new Map<string, Awaited<ReturnType<typeof snapshot>>>();

  beforeAll(async () => {
    built = await build("infra/**/*.bicep");
    for (const name of deployed) snapshots.set(name, await snapshot(parametersOf(`infra/parameters/${name}.json`)));
  });

  function resources(name: (typeof deployed)[number] = "production"): readonly Resource[] {
    return snapshots.get(name)?.resources ?? [];
  }

  function properties(type: string, name: RegExp): unknown {
    return resources().find((one) => one.type === type && name.test(one.name))?.properties;
  }

  test("every file builds without a warning, and breaks no rule", () => {
    expect({ diagnostics: built.diagnostics, succeeded: built.succeeded }).toEqual({
      diagnostics: [],
      succeeded: true,
    });
    const files = globSync("infra/**/*.bicep").map((path) => path.replaceAll("\\", "/").slice("infra/".length));
    expect([...built.templates.keys()].sort()).toEqual(files.map((path) => path.replace(/\.bicep$/, "")).sort());
  });

  test("what is wrong in a file is noticed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bicep-"));
    const wrong = [
      "param unused string",
      "@secure()\nparam secret string",
      "output leaked string = secret",
      "output misspelt string = secrets",
      "resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {\n  name: 'a'\n  location: 'b'\n  kindd: 'c'\n}",
    ];
    writeFileSync(join(folder, "wrong.bicep"), wrong.join("\n"));
    copyFileSync("infra/bicepconfig.json", join(folder, "bicepconfig.json"));
    const { diagnostics, succeeded } = await build(`${folder}/wrong.bicep`);
    rmSync(folder, { recursive: true });
    expect(succeeded).toBe(false);
    for (const code of ["no-unused-params", "outputs-should-not-contain-secrets", "BCP057", "BCP089"]) {
      expect(diagnostics).toContainEqual(expect.stringContaining(`Error ${code}:`));
    }
  });

  test("no file takes a module from a registry, which a build would have to reach", () => {
    const foreign = /^\s*(?:module|import|using)\b.*'(?:br|ts)[:/]/m;
    expect("module other 'br:example.azurecr.io/some/module:1.0' = {}").toMatch(foreign);
    for (const path of globSync("infra/**/*.bicep*")) expect(readFileSync(path, "utf8"), path).not.toMatch(foreign);
  });

  test.each(deployed)("the parameters of %s fit, and deploy what is written down", async (name) => {
    expect(snapshots.get(name)).toMatchObject({ succeeded: true, diagnostics: [] });
    await expect(summarize(resources(name))).toMatchFileSnapshot(`../../infra/parameters/${name}.resources.txt`);
  });

  test("the parameters that azd fills in fit", async () => {
    const { diagnostics, resources } = await snapshot(filledByAzd(filledIn));
    expect(diagnostics).toEqual([]);
    expect(resources.length).toBeGreaterThan(10);
    expect(JSON.stringify(resources)).toContain("RDP_REMEDIATION_MAXIMUM_RISK");
    expect(resources.filter(({ type }) => type === "Microsoft.Insights/actionGroups")).toHaveLength(1);
  });

  test("what nobody tells azd is left out, and has the default of the template", async () => {
    const { RDP_SETTINGS: _, RDP_ALERTS: __, ...least } = filledIn;
    const { diagnostics, resources } = await snapshot(filledByAzd(least));
    expect(diagnostics).toEqual([]);
    expect(resources.filter(({ type }) => type === "Microsoft.Insights/actionGroups")).toEqual([]);
  });

  test("every parameter can be told to azd, but for those that it sets itself and those that are names", () => {
    const main = built.templates.get("main") as { parameters: Record<string, unknown> };
    const told = Object.keys(parametersOf("infra/main.parameters.json"));
    const left = ["platformSignIn", "resourceGroupName", "tags"];
    expect(Object.keys(main.parameters).sort()).toEqual([...told, ...left].sort());
  });

  test.each([
    ["alerts without the app registration", { apiObjectId: { value: "" } }, /apiObjectId is empty/],
    [
      "a network too small for two subnets of Flex",
      { networkPrefix: { value: "10.90.0.0/27" } },
      /10\.90\.0\.0\/27 is too small/,
    ],
    [
      "just-in-time access without its role, where roles are made beforehand",
      { justInTimeAccess: { value: true }, roleDefinitions: { value: madeBeforehand } },
      /roleDefinitions\.jitRequester is missing/,
    ],
    [
      "networks to read without their role, where roles are made beforehand",
      {
        networkGroups: { value: [{ subscriptionId: madeBeforehand.remediator, resourceGroup: "NetworkWatcherRG" }] },
        roleDefinitions: { value: madeBeforehand },
      },
      /roleDefinitions\.networkReader is missing/,
    ],
    ["a back end that Flex Consumption cannot scale", { durableBackend: { value: "netherite" } }, /netherite/],
    ["a region without Flex Consumption", { location: { value: "atlantis" } }, /atlantis/],
  ])("%s is refused before anything is made", async (_, changes, why) => {
    const { succeeded, diagnostics } = await snapshot({
      ...parametersOf("infra/parameters/production.json"),
      ...changes,
    });
    expect(succeeded).toBe(false);
    expect(diagnostics.join("\n")).toMatch(why);
  });

  test.each(deployed)("a what-if of %s knows every name, and under which condition it is made", (name) => {
    for (const one of resources(name)) {
      for (const text of [one.id, one.name, one.condition ?? ""]) expect(text).not.toContain("reference(");
    }
    expect(summarize(resources(name))).not.toContain("named while it is deployed");
  });

  test("what is wrong in parameters is noticed", async () => {
    const wrong = {
      ...parametersOf("infra/parameters/trying.json"),
      alerts: { value: { mode: "maybe" } },
      extra: { value: 1 },
    };
    const { diagnostics, succeeded } = await snapshot(wrong);
    expect(succeeded).toBe(false);
    expect(diagnostics).toContainEqual(expect.stringContaining("extra"));
    expect(diagnostics).toContainEqual(expect.stringContaining("maybe"));
  });

  test("no parameter file holds a secret", () => {
    const main = built.templates.get("main") as { parameters: Record<string, { type?: string }> };
    const secure = Object.entries(main.parameters).filter(([, { type }]) => type?.startsWith("secure"));
    expect(secure.map(([name]) => name)).toEqual(["dispatchToken", "notificationSecrets"]);
    for (const path of ["infra/main.parameters.json", ...globSync("infra/parameters/*.json")]) {
      const told = Object.entries(parametersOf(path)).filter(([name]) => secure.some(([one]) => one === name));
      // A reference, which azd looks up in its environment or in a Key Vault, is none.
      expect(told.filter(([, { value }]) => !/^\$\{\w+=\}$/.test(String(value)))).toEqual([]);
    }
  });

  test("the workbook is deployed for the workspace to which telemetry goes, and links to this service", () => {
    const workspace = resourceOf(resources(), "Microsoft.OperationalInsights/workspaces").id;
    const text = readFileSync("infra/workbook/workbook.json", "utf8");
    expect(resourceOf(resources(), "Microsoft.Insights/components").properties).toMatchObject({
      WorkspaceResourceId: workspace,
    });
    const { sourceId, serializedData } = resourceOf(resources(), "Microsoft.Insights/workbooks").properties as Record<
      string,
      Json
    >;
    expect(sourceId).toBe(workspace);
    // The snapshot leaves the host's name to Azure.
    const replaced = parseExpression(String(serializedData));
    const workbook = text.replaceAll("<workspace>", workspace);
    const literal = (value: string) => ({ kind: "literal", value });
    const { arguments: given } = { arguments: [], ...replaced };
    expect(replaced).toMatchObject({ kind: "call", name: "replace" });
    expect(given.slice(0, 2)).toEqual([literal(workbook), literal("<service>")]);
    expect(JSON.stringify(given.at(2))).toMatch(/"https:\/\/\{0\}".*"app-\{0\}".*"hostName"/);
  });

  describe("storage", () => {
    test("takes no shared keys and shows nothing to the public", () => {
      expect(properties("Microsoft.Storage/storageAccounts", /^strdp/)).toMatchObject({
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
      });
    });
  });

  describe("the app", () => {
    test("runs on the Node.js for which the package is built", () => {
      const app = properties("Microsoft.Web/sites", /^func-rdp/);
      expect(app).toMatchObject({ functionAppConfig: { runtime: { name: "node", version: deployedNode } } });
    });

    test("has instances ready for requests, alerts among them, and for the durable work, or for neither", () => {
      const ready = (name: (typeof deployed)[number]) => {
        const app = resourceOf(resources(name), "Microsoft.Web/sites").properties as {
          functionAppConfig: { scaleAndConcurrency: { alwaysReady: unknown } };
        };
        return app.functionAppConfig.scaleAndConcurrency.alwaysReady;
      };
      expect(ready("production")).toEqual([
        { name: "http", instanceCount: 1 },
        { name: "durable", instanceCount: 1 },
      ]);
      expect(ready("trying")).toEqual([]);
    });

    test("closes the site of deployments with itself where only some addresses may call", async () => {
      const parameters = {
        ...parametersOf("infra/parameters/trying.json"),
        allowedCallers: { value: ["198.51.100.0/24"] },
      };
      const site = resourceOf((await snapshot(parameters)).resources, "Microsoft.Web/sites");
      expect(site.properties).toMatchObject({
        siteConfig: {
          ipSecurityRestrictionsDefaultAction: "Deny",
          ipSecurityRestrictions: expect.arrayContaining([expect.objectContaining({ ipAddress: "198.51.100.0/24" })]),
          scmIpSecurityRestrictionsUseMain: true,
        },
      });
    });

    test("lets everybody open the page and ask whether it answers, and nobody anything else without a token", () => {
      expect(properties("Microsoft.Web/sites/config", /authsettingsV2$/)).toMatchObject({
        globalValidation: {
          unauthenticatedClientAction: "Return401",
          excludedPaths: [...routes.filter(({ role }) => role === null).map(({ path }) => path), "/app", "/app/*"],
        },
      });
    });
  });
});
