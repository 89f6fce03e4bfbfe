import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readAlert } from "../../lib/alerts/read-alert.ts";
import { rdpServices } from "../../lib/core/windows.ts";
import { routes } from "../../lib/http/routes.ts";
import { metricNames } from "../../lib/telemetry/names.ts";
import { type SampleName, sample } from "../alerts/samples.ts";
import { bicep, type Resource } from "./bicep-compiler.ts";
import { analyzeQuery } from "./kusto.ts";
import { apiClientId, apiObjectId, resourceOf, valueAt, wholeDeployment } from "./whole-deployment.ts";

/* From an event in Windows to the route that takes the alert: every part says the same. */

/** What means that Remote Desktop breaks, by source [EV, TS, TN]. */
const events: Record<string, number[]> = {
  "Microsoft-Windows-TerminalServices-RemoteConnectionManager": [
    1051, 1052, 1053, 1054, 1055, 1057, 1058, 1059, 1064, 1065,
  ],
  Schannel: [36870, 36871, 36874],
  "Service Control Manager": [7000, 7001, 7009, 7011, 7022, 7023, 7024, 7031, 7034],
};

const queryFiles = globSync("infra/alerts/queries/*.kql").sort();

const types = {
  group: "Microsoft.Insights/actionGroups",
  events: "Microsoft.Insights/dataCollectionRules",
  log: "Microsoft.Insights/scheduledQueryRules",
  metric: "Microsoft.Insights/metricAlerts",
  health: "Microsoft.Insights/activityLogAlerts",
};

/** Tells people what is not broken yet: no run is asked for. */
const ahead = "rdp-lockout-ahead";

/** Event ids by source that a query asks for. */
function asked(text: string): [string, number[]][] {
  const code = text.replace(/\/\/.*$/gm, "");
  return [...code.matchAll(/Source == "([^"]+)" and EventID (?:in \(([^)]+)\)|== (\d+))/g)].map(
    ([, source = "", many, one]) => [source, (many ?? one ?? "").split(",").map(Number)],
  );
}

test("the queries ask for every event that is gathered, each once, and for no other", () => {
  const all = queryFiles.flatMap((path) => asked(readFileSync(path, "utf8")));
  const bySource = Object.keys(events).map((source) => {
    const ids = all.filter(([from]) => from === source).flatMap(([, one]) => one);
    return [source, ids.sort((a, b) => a - b)];
  });
  expect(Object.fromEntries(bySource)).toEqual(events);
  expect(all.filter(([source]) => !(source in events))).toEqual([]);
});

test("the services are known by their short names, in whatever language the VM names them", () => {
  const text = readFileSync("infra/alerts/queries/rdp-service-failed.kql", "utf8");
  for (const name of rdpServices) expect(text).toContain(Buffer.from(name, "utf16le").toString("hex").toUpperCase());
});

describe.each(queryFiles)("%s", (path) => {
  const query = analyzeQuery(readFileSync(path, "utf8"));

  test("binds to the table of Windows events", () => {
    expect(query.problems).toEqual([]);
    expect(query.tables).toEqual(["Event"]);
  });

  test("says of which VM each row is", () => {
    expect(query.columns).toMatchObject({ _ResourceId: "string", TimeGenerated: "datetime" });
  });
});

describe("alerts of rules like these", () => {
  test.each<[string, SampleName, string]>([
    ["over logs", "log-v2-workspace", "log:rdp key errors"],
    ["over the availability of VMs", "metric-vm-availability", "vm-availability"],
    ["over Resource Health", "resource-health", "resource-health"],
    ["over Connection Monitor", "connection-monitor", "connection-monitor"],
  ])("%s are understood", (_, name, cause) => {
    const read = readAlert(sample(name));
    expect(read).toMatchObject({ ok: true, value: { kind: "fired", cause, vms: [{ name: "vm-app-01" }] } });
  });

  test("over logs name the VM by its resource id", () => {
    const logs = JSON.stringify(sample("log-v2-workspace"));
    expect(logs).toContain('"conditionType":"LogQueryCriteria"');
    expect(logs).toContain('"name":"_ResourceId"');
  });
});

describe.skipIf(bicep === null)("what is deployed", () => {
  const deployed = new Map<"report" | "repair", readonly Resource[]>();
  const resources = (mode: "report" | "repair" = "report") => deployed.get(mode) ?? [];
  const propertiesOf = (type: string, name?: string) => resourceOf(resources(), type, name).properties;

  beforeAll(async () => {
    for (const mode of ["report", "repair"] as const) deployed.set(mode, await wholeDeployment(mode));
  });

  test("gathers the events that mean that Remote Desktop breaks, and no others", () => {
    const queries = valueAt(propertiesOf(types.events), "dataSources.windowsEventLogs.0.xPathQueries") as string[];
    const gathered = queries.map((query) => {
      const [, source = "", ids = ""] =
        /^System!\*\[System\[Provider\[@Name='([^']+)'\] and \((.+)\)\]\]$/.exec(query) ?? [];
      return [source, ids.split(" or ").map((id) => Number(/^EventID=(\d+)$/.exec(id)?.[1]))];
    });
    expect(Object.fromEntries(gathered)).toEqual(events);
  });

  test("has a rule for each query, of its name, and no other rule over logs", () => {
    const rules = resources().filter(({ type, name }) => type === types.log && name !== ahead);
    expect(
      Object.fromEntries(rules.map(({ name, properties }) => [name, valueAt(properties, "criteria.allOf.0.query")])),
    ).toEqual(Object.fromEntries(queryFiles.map((path) => [basename(path, ".kql"), readFileSync(path, "utf8")])));
  });

  test("splits rules over logs by VM", () => {
    for (const { properties } of resources().filter(({ type, name }) => type === types.log && name !== ahead)) {
      expect(valueAt(properties, "criteria.allOf.0.dimensions")).toEqual([
        { name: "_ResourceId", operator: "Include", values: ["*"] },
      ]);
    }
  });

  test.each<[string, string, SampleName]>([
    ["rdp-vm-unavailable", "Context", "metric-vm-availability"],
    ["rdp-port", "DestinationResourceId", "connection-monitor"],
  ])("in rules over metrics names the VM in trouble, or asks who caused it: %s", (name, dimension, of) => {
    const criterion = valueAt(propertiesOf(types.metric, name), "criteria.allOf.0");
    expect(valueAt(criterion, "dimensions.0.name")).toBe(dimension);
    const told = JSON.stringify(sample(of));
    for (const property of ["metricName", "metricNamespace"])
      expect(told).toContain(`"${property}":"${valueAt(criterion, property)}"`);
  });

  test("asks Resource Health for no cause, because some events have none", () => {
    expect(JSON.stringify(valueAt(propertiesOf(types.health), "condition"))).not.toContain("properties.cause");
    const [reading] = ["UserInitiated"].map((cause) => {
      const told = structuredClone(sample("resource-health")) as { data: { alertContext: { properties: object } } };
      Object.assign(told.data.alertContext.properties, { cause });
      return readAlert(told);
    });
    expect(reading).toMatchObject({ ok: true, value: { kind: "ignored" } });
  });

  test.each(["report", "repair"] as const)(
    "tells the one action group, and asks for no more than allowed: %s",
    (mode) => {
      const all = resources(mode);
      const group = resourceOf(all, types.group, "ag-rdp").id;
      const requestedLimits = { "rdp-remediation.mode": mode };
      const rules = all.filter(
        ({ type, name }) => [types.log, types.metric, types.health].includes(type) && name !== ahead,
      );
      expect(rules).toHaveLength(queryFiles.length + 3);
      for (const { name, type, properties } of rules) {
        const actions = valueAt(properties, "actions");
        // In another resource group than the action group: by the output of the module that has it.
        const itsGroup = name.startsWith("rdp-port")
          ? expect.stringMatching(/'alerting-.*\.outputs\.actionGroupId\.value\)?\]$/)
          : group;
        if (type === types.log) expect(actions).toEqual({ actionGroups: [group], customProperties: requestedLimits });
        else if (type === types.health)
          expect(actions).toEqual({ actionGroups: [{ actionGroupId: group, webhookProperties: requestedLimits }] });
        else expect(actions).toEqual([{ actionGroupId: itsGroup, webHookProperties: requestedLimits }]);
      }
    },
  );

  test("tells people, and not the service, what will lock them out: once a day, by VM and kind", () => {
    const rule = propertiesOf(types.log, ahead);
    const query = valueAt(rule, "criteria.allOf.0.query");
    expect(query).toBe(readFileSync("infra/alerts/lockouts.kql", "utf8"));
    const { problems, tables, columns, comparisons } = analyzeQuery(String(query));
    expect({ problems, tables }).toEqual({ problems: [], tables: ["AppMetrics"] });
    expect(comparisons).toContainEqual(expect.objectContaining({ column: "Name", value: metricNames.lockouts }));
    const dimensions = valueAt(rule, "criteria.allOf.0.dimensions") as { name: string }[];
    for (const { name } of dimensions) expect(columns).toHaveProperty(name);
    expect([valueAt(rule, "windowSize"), valueAt(rule, "evaluationFrequency")]).toEqual(["P1D", "P1D"]);
    const people = resourceOf(resources(), types.group, "ag-people");
    expect(valueAt(rule, "actions")).toEqual({
      actionGroups: [people.id],
      customProperties: { "Operator page": expect.stringMatching(/\/app\//) },
    });
    expect(people.properties).not.toHaveProperty("webhookReceivers");
  });

  describe("the action group", () => {
    const receiver = () => valueAt(propertiesOf(types.group, "ag-rdp"), "webhookReceivers.0");
    const route = routes.find(({ name }) => name === "receiveAlert");

    test("calls a route that exists, in the schema that it reads", () => {
      expect(route).toMatchObject({ method: "POST" });
      expect(valueAt(receiver(), "serviceUri")).toMatch(
        /^\[format\('https:\/\/\{0\}\/.*\.outputs\.hostName\.value\)\]$/,
      );
      expect(valueAt(receiver(), "serviceUri")).toContain(`format('https://{0}${route?.path}', `);
      expect(valueAt(receiver(), "useCommonAlertSchema")).toBe(true);
    });

    test("comes with a token of Microsoft Entra ID for the app registration", () => {
      expect(receiver()).toMatchObject({
        useAadAuth: true,
        objectId: apiObjectId,
        tenantId: "00000000-0000-0000-0000-000000000002",
        identifierUri: `api://${apiClientId}`,
      });
    });

    test("asks for an audience that the app takes", () => {
      const signIn = propertiesOf("Microsoft.Web/sites/config", "authsettingsV2");
      const accepted = valueAt(signIn, "identityProviders.azureActiveDirectory.validation.allowedAudiences");
      expect(accepted).toEqual([valueAt(receiver(), "identifierUri"), apiClientId]);
      const settings = propertiesOf("Microsoft.Web/sites/config", "appsettings");
      expect(settings).toContain(`'RDP_REMEDIATION_AUDIENCES', 'api://${apiClientId},${apiClientId}'`);
    });
  });
});
