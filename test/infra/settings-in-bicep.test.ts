import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Environment } from "../../lib/environment.ts";
import { settingNames, settingsOfModule } from "./app-settings.ts";
import { parseExpression } from "./arm-expression.ts";
import { bicep, build, type Json } from "./bicep-compiler.ts";

/*
 * Every setting can be given to the app in Azure, and the app in Azure is given no setting that nobody reads.
 */

/** Settings that mean nothing in a Functions app. */
const terminalOnly = ["RDP_REMEDIATION_DATABASE", "RDP_REMEDIATION_PORT"];
/** Other ways to name the storage account, for Azurite and for accounts with keys; in Azure its services are named. */
const otherWays = ["AzureWebJobsStorage", "AzureWebJobsStorage__accountName"];
/** What App Service sets by itself. */
const platformSettings = ["WEBSITE_HOSTNAME"];

/** What the Functions host and its extensions read, and this service does not. */
const hostSettings = [
  "AzureWebJobsStorage__credential",
  "AzureWebJobsStorage__clientId",
  "AzureWebJobsStorage__blobServiceUri",
  "AzureWebJobsStorage__queueServiceUri",
  "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
  "TASKHUB_NAME",
  "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
];
/** Flex Consumption refuses apps with these: the runtime is named in the app's configuration. */
const refused = [
  "FUNCTIONS_WORKER_RUNTIME",
  "FUNCTIONS_EXTENSION_VERSION",
  "WEBSITE_RUN_FROM_PACKAGE",
  "ENABLE_ORYX_BUILD",
];

describe.skipIf(bicep === null)("the settings of the app", () => {
  let main: Json;
  let derived: readonly string[];
  let chosen: readonly string[];

  beforeAll(async () => {
    const { templates, diagnostics } = await build("infra/main.bicep");
    const template = templates.get("main");
    if (template === undefined) throw new Error(`main.bicep does not build:\n${diagnostics.join("\n")}`);
    main = template;
    ({ derived, chosen } = settingNames(template));
  });

  test("are given in these ways", () => {
    expect(derived).toContain("RDP_REMEDIATION_TENANT_ID");
    expect(derived).toContain("RDP_REMEDIATION_ALERT_SCOPES");
    expect(derived).toContain("RDP_REMEDIATION_DISPATCH_TOKEN");
    expect(derived).toContain("RDP_REMEDIATION_NOTIFICATION_SECRETS");
    expect(derived).toContain("DURABLE_TASK_SCHEDULER_CONNECTION_STRING");
    expect(chosen).toContain("RDP_REMEDIATION_MAXIMUM_RISK");
    expect(derived.filter((name) => chosen.includes(name))).toEqual([]);
  });

  test("are ones that the service or its host reads", () => {
    const known = [...Object.keys(Environment.shape), ...hostSettings];
    expect([...derived, ...chosen].filter((name) => !known.includes(name))).toEqual([]);
    expect(hostSettings.filter((name) => !derived.includes(name))).toEqual([]);
    expect([...derived, ...chosen].filter((name) => refused.includes(name))).toEqual([]);
  });

  test("are all that the service has", () => {
    const given = [...derived, ...chosen, ...terminalOnly, ...otherWays, ...platformSettings];
    expect(Object.keys(Environment.shape).filter((name) => !given.includes(name))).toEqual([]);
  });

  test("for the scheduler are those of the documents", () => {
    const names = settingsOfModule(main, "scheduler");
    expect(names).toHaveLength(2);
    const page = readFileSync("docs/functions-app.md", "utf8");
    for (const name of names) expect(page).toContain(name);
  });
});

describe("an expression of a template", () => {
  test("is read as its calls, members and texts", () => {
    expect(parseExpression("[f('it''s', -1).a[g()]]")).toEqual({
      kind: "member",
      of: {
        kind: "member",
        of: {
          kind: "call",
          name: "f",
          arguments: [
            { kind: "literal", value: "it's" },
            { kind: "literal", value: -1 },
          ],
        },
        name: "a",
      },
      name: { kind: "call", name: "g", arguments: [] },
    });
  });

  test.each(["f()", "[f(]", "[f('a' 'b')]", "[f()", "[f()] g", "[f() ! g()]"])("%s is none", (text) => {
    expect(() => parseExpression(text)).toThrow(SyntaxError);
  });
});
