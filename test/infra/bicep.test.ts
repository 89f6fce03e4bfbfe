import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../lib/http/routes.ts";
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
  AZURE_ENV_NAME: "trying",
  AZURE_LOCATION: "westeurope",
  RDP_API_CLIENT_ID: "00000000-0000-0000-0000-000000000003",
  AZURE_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000001",
  RDP_TARGET_RESOURCE_GROUP: "rg-app",
};

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
      "module foreign 'br:example.azurecr.io/some/module:1.0' = {}",
    ];
    writeFileSync(join(folder, "wrong.bicep"), wrong.join("\n"));
    const { diagnostics, succeeded } = await build(`${folder}/wrong.bicep`);
    rmSync(folder, { recursive: true });
    expect(succeeded).toBe(false);
    for (const code of ["no-unused-params", "outputs-should-not-contain-secrets", "BCP057", "BCP089", "BCP190"]) {
      expect(diagnostics).toContainEqual(expect.stringContaining(`Error ${code}:`));
    }
  });

  test.each(deployed)("the parameters of %s fit, and deploy what is written down", async (name) => {
    expect(snapshots.get(name)).toMatchObject({ succeeded: true, diagnostics: [] });
    await expect(summarize(resources(name))).toMatchFileSnapshot(`../../infra/parameters/${name}.resources.txt`);
  });

  test("the parameters that azd fills in fit", async () => {
    const text = readFileSync("infra/main.parameters.json", "utf8").replaceAll(
      /"\$\{(\w+)(?:=([^}]*))?\}"/g,
      // azd makes numbers and switches of them where the template has such a parameter.
      (_, name, otherwise = "") => {
        const value = filledIn[name] ?? otherwise;
        return /^(true|false|\d+)$/.test(value) ? value : JSON.stringify(value);
      },
    );
    const { diagnostics, resources } = await snapshot(JSON.parse(text).parameters);
    expect(diagnostics).toEqual([]);
    expect(resources.length).toBeGreaterThan(10);
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
    expect(secure.map(([name]) => name)).toContain("dispatchToken");
    for (const path of ["infra/main.parameters.json", ...globSync("infra/parameters/*.json")])
      expect(Object.keys(parametersOf(path)).filter((name) => secure.some(([one]) => one === name))).toEqual([]);
  });

  test("the workbook is deployed for the workspace to which telemetry goes", () => {
    const workspace = resourceOf(resources(), "Microsoft.OperationalInsights/workspaces").id;
    const text = readFileSync("infra/workbook/workbook.json", "utf8");
    expect(resourceOf(resources(), "Microsoft.Insights/components").properties).toMatchObject({
      WorkspaceResourceId: workspace,
    });
    expect(resourceOf(resources(), "Microsoft.Insights/workbooks").properties).toMatchObject({
      sourceId: workspace,
      serializedData: text.replaceAll("<workspace>", workspace),
    });
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
      const [, version] = /target: "node(\d+)"/.exec(readFileSync("scripts/build-functions.ts", "utf8")) ?? [];
      expect(app).toMatchObject({ functionAppConfig: { runtime: { name: "node", version } } });
    });

    test("lets everybody ask whether it answers, and nobody anything else without a token", () => {
      expect(properties("Microsoft.Web/sites/config", /authsettingsV2$/)).toMatchObject({
        globalValidation: {
          unauthenticatedClientAction: "Return401",
          excludedPaths: routes.filter(({ role }) => role === null).map(({ path }) => path),
        },
      });
    });
  });
});
