import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readAlert } from "../../lib/alerts/read-alert.ts";
import { routes } from "../../lib/http/routes.ts";
import { type SampleName, sample } from "../alerts/samples.ts";
import { repository } from "./bicep-grammar.ts";
import { propertiesOf, type Resource, readBicep, stringOf, valueAt } from "./bicep-model.ts";
import { analyzeQuery } from "./kusto.ts";

/* From an event in Windows to the route that takes the alert: every part says the same. */

/** What means that Remote Desktop breaks, by source [EV, TS, TN]. */
const events: Record<string, number[]> = {
  "Microsoft-Windows-TerminalServices-RemoteConnectionManager": [1052, 1053, 1057, 1058],
  Schannel: [36870, 36871, 36874],
  "Service Control Manager": [7022, 7031, 7034],
};

const alerts = readBicep("infra/alerts/alerts.bicep");
const monitor = readBicep("infra/alerts/connection-monitor.bicep");
const queryFiles = globSync("infra/alerts/queries/*.kql", { cwd: repository }).sort();

function resource(file: typeof alerts, symbol: string): Resource {
  const found = file.resources.find((one) => one.symbol === symbol);
  if (!found) throw new Error(`There is no ${symbol} in ${file.path}.`);
  return found;
}

function at(of: Resource, path: string) {
  return valueAt(of.body, path);
}

/** Event ids by source that a query asks for. */
function asked(text: string): [string, number[]][] {
  const code = text.replace(/\/\/.*$/gm, "");
  return [...code.matchAll(/Source == "([^"]+)" and EventID (?:in \(([^)]+)\)|== (\d+))/g)].map(
    ([, source = "", many, one]) => [source, (many ?? one ?? "").split(",").map(Number)],
  );
}

function gathered(): Record<string, number[]> {
  const paths = at(resource(alerts, "events"), "properties.dataSources.windowsEventLogs.0.xPathQueries");
  const queries = paths?.children.flatMap((child) => (child?.type === "string" ? [stringOf(child)] : [])) ?? [];
  return Object.fromEntries(
    queries.map((query) => {
      const [, source = "", ids = ""] =
        /^System!\*\[System\[Provider\[@Name='([^']+)'\] and \((.+)\)\]\]$/.exec(query) ?? [];
      return [source, ids.split(" or ").map((id) => Number(/^EventID=(\d+)$/.exec(id)?.[1]))];
    }),
  );
}

test("the data collection rule gathers the events that mean that Remote Desktop breaks, and no others", () => {
  expect(gathered()).toEqual(events);
});

test("the queries ask for every event that is gathered, each once, and for no other", () => {
  const all = queryFiles.flatMap((path) => asked(readFileSync(`${repository}${path}`, "utf8")));
  const bySource = Object.keys(events).map((source) => {
    const ids = all.filter(([from]) => from === source).flatMap(([, one]) => one);
    return [source, ids.sort((a, b) => a - b)];
  });
  expect(Object.fromEntries(bySource)).toEqual(events);
  expect(all.filter(([source]) => !(source in events))).toEqual([]);
});

describe.each(queryFiles)("%s", (path) => {
  const query = analyzeQuery(readFileSync(`${repository}${path}`, "utf8"));

  test("binds to the table of Windows events", () => {
    expect(query.problems).toEqual([]);
    expect(query.tables).toEqual(["Event"]);
  });

  test("says of which VM each row is", () => {
    expect(query.columns).toMatchObject({ _ResourceId: "string", TimeGenerated: "datetime" });
  });

  test("is the query of a rule", () => {
    expect(alerts.root.text).toContain(`loadTextContent('${path.replace("infra/alerts/", "")}')`);
  });
});

describe("the rules", () => {
  test("over logs are split by VM", () => {
    const criterion = at(resource(alerts, "logAlerts"), "properties.criteria.allOf.0");
    const dimension = criterion && valueAt(criterion, "dimensions.0");
    expect(dimension && stringOf(valueAt(dimension, "name"))).toBe("_ResourceId");
  });

  test("over metrics name the VM in trouble, or ask who caused it", () => {
    const dimension = (of: Resource) => stringOf(at(of, "properties.criteria.allOf.0.dimensions.0.name"));
    expect(dimension(resource(alerts, "availability"))).toBe("Context");
    expect(dimension(resource(monitor, "unreachable"))).toBe("DestinationResourceId");
  });

  test.each<[string, SampleName, string]>([
    ["over logs", "log-v2-workspace", "log:rdp key errors"],
    ["over the availability of VMs", "metric-vm-availability", "vm-availability"],
    ["over Resource Health", "resource-health", "resource-health"],
    ["over Connection Monitor", "connection-monitor", "connection-monitor"],
  ])("%s send what is understood here", (_, name, cause) => {
    const body = sample(name);
    const read = readAlert(body);
    expect(read).toMatchObject({ ok: true, value: { kind: "fired", cause, vms: [{ name: "vm-app-01" }] } });
  });

  test("and those samples are of rules like these", () => {
    const logs = JSON.stringify(sample("log-v2-workspace"));
    expect(logs).toContain('"conditionType":"LogQueryCriteria"');
    expect(logs).toContain('"name":"_ResourceId"');
    for (const [file, symbol, name] of [
      [alerts, "availability", "metric-vm-availability"],
      [monitor, "unreachable", "connection-monitor"],
    ] as const) {
      const rule = resource(file, symbol);
      const criterion = at(rule, "properties.criteria.allOf.0");
      const told = JSON.stringify(sample(name));
      for (const property of ["metricName", "metricNamespace"]) {
        expect(told).toContain(`"${property}":"${stringOf(criterion && valueAt(criterion, property))}"`);
      }
    }
  });

  test("leave alone what people stopped on purpose", () => {
    const causes = [
      ...(at(resource(alerts, "health"), "properties.condition")?.text ?? "").matchAll(/cause', equals: '(\w+)'/g),
    ];
    expect(causes.map(([, cause]) => cause)).toEqual(["PlatformInitiated", "Unknown"]);
  });

  test("all tell the one action group, and ask for no more than whoever deploys allows", () => {
    expect(alerts.resources.filter(({ type }) => type.startsWith("Microsoft.Insights/actionGroups@"))).toHaveLength(1);
    for (const symbol of ["logAlerts", "availability", "health"]) {
      const actions = at(resource(alerts, symbol), "properties.actions")?.text ?? "";
      expect(actions).toContain("group.id");
      expect(actions).toMatch(/(?:customProperties|web[hH]ookProperties): wish/);
    }
    expect(at(resource(monitor, "unreachable"), "properties.actions")?.text).toContain("actionGroupId");
    const main = readBicep("infra/main.bicep").root.text;
    expect(main.match(/actionGroupId: (.+)/)?.[1]).toBe("alerting!.outputs.actionGroupId");
  });
});

describe("the action group", () => {
  const receiver = at(resource(alerts, "group"), "properties.webhookReceivers.0");
  const properties = receiver ? propertiesOf(receiver) : new Map();
  const route = routes.find(({ name }) => name === "receiveAlert");

  test("calls a route that exists, in the schema that it reads", () => {
    expect(route).toMatchObject({ method: "POST" });
    expect(stringOf(properties.get("serviceUri"))).toBe(`https://\${hostName}${route?.path}`);
    expect(properties.get("useCommonAlertSchema")?.text).toBe("true");
  });

  test("comes with a token of Microsoft Entra ID for the app registration", () => {
    expect(properties.get("useAadAuth")?.text).toBe("true");
    expect(properties.get("objectId")?.text).toBe("apiObjectId");
    expect(properties.get("tenantId")?.text).toBe("subscription().tenantId");
    const audience = stringOf(properties.get("identifierUri"));
    expect(readBicep("infra/modules/function-app.bicep").root.text).toContain(
      `var audiences = ['${audience}', apiClientId]`,
    );
  });
});
