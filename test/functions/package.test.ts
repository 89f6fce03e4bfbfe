import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildFunctions, type FunctionsBundle, functionsEntry } from "../../scripts/build-functions.ts";
import { hostJsonFor, readDurableBackend } from "../../scripts/durable-backend.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const loader = fileURLToPath(new URL("./load-app.mjs", import.meta.url));

interface Binding {
  type: string;
  direction: string;
  route?: string;
  methods?: string[];
  authLevel?: string;
  schedule?: string;
}

describe("the package of the Functions app", () => {
  // Far from this repository's node_modules: what is not in the bundle is not found.
  const folder = mkdtempSync(join(tmpdir(), "functions-bundle-"));
  let bundle: FunctionsBundle;
  let registered: { name: string; bindings: Record<string, Binding> }[];
  let hooks: string[];

  beforeAll(async () => {
    bundle = await buildFunctions(folder);
    const told = execFileSync(process.execPath, [loader, join(folder, "main.mjs")], { encoding: "utf8" });
    ({ registered, hooks } = JSON.parse(told));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("registers these functions and no others", () => {
    const http = (method: string, route: string) => `anonymous http ${method} api/${route}`;
    expect(Object.fromEntries(registered.map(({ name, bindings }) => [name, triggerOf(bindings)]))).toEqual({
      startRuns: http("POST", "runs"),
      listRuns: http("GET", "runs"),
      getRun: http("GET", "runs/{id}"),
      getNetworkProposal: http("GET", "runs/{id}/network-proposal"),
      getReport: http("GET", "runs/{id}/report"),
      getSupportBundle: http("GET", "runs/{id}/support-bundle"),
      decideRun: http("POST", "runs/{id}/decision"),
      cancelRun: http("POST", "runs/{id}/cancel"),
      undoRun: http("POST", "runs/{id}/undo"),
      getOperation: http("GET", "operations/{id}"),
      startOperation: http("POST", "operations"),
      listOperations: http("GET", "operations"),
      getOperationResults: http("GET", "operations/{id}/results"),
      getOperationLockouts: http("GET", "operations/{id}/lockouts"),
      getOperationTable: http("GET", "operations/{id}/results.csv"),
      getOperationReport: http("GET", "operations/{id}/report"),
      pauseOperation: http("POST", "operations/{id}/pause"),
      resumeOperation: http("POST", "operations/{id}/resume"),
      cancelOperation: http("POST", "operations/{id}/cancel"),
      decideOperation: http("POST", "operations/{id}/decision"),
      receiveAlert: http("POST", "alerts"),
      receiveMcp: http("POST", "mcp"),
      getProtectedResource: "anonymous http GET .well-known/oauth-protected-resource/api/mcp",
      getCaller: http("GET", "me"),
      getCatalogue: http("GET", "catalogue"),
      explainError: http("GET", "explain"),
      getHealth: http("GET", "health"),
      getOpenApi: http("GET", "openapi.json"),
      servePage: "anonymous http GET,HEAD app/{*path}",
      unknownRoute: "anonymous http GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS {*path}",
      driveRun: "orchestration",
      advanceRun: "activity",
      sweep: "timer */30 * * * * *",
    });
  });

  test("looks at its settings when it starts, and hooks into nothing else", () => {
    expect(hooks).toEqual(["appStart"]);
  });

  test("gives every function but the orchestration the engine's client, and nothing else", () => {
    for (const { name, bindings } of registered) {
      const others = Object.values(bindings).filter(({ type }) => !type.endsWith("Trigger") && type !== "http");
      expect([name, others.map(({ type }) => type)]).toEqual([name, name === "driveRun" ? [] : ["durableClient"]]);
    }
  });

  test("the host, which tries routes in the order of the functions' names, comes to the route for all others last", () => {
    const names = registered.filter(({ bindings }) => triggerOf(bindings).includes("http")).map(({ name }) => name);
    expect(names.sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en")).at(-1)).toBe("unknownRoute");
  });

  test("holds nothing of the sandbox, the tests, the terminal or the local engine", () => {
    const ours = bundle.sources.filter((path) => !path.startsWith("node_modules/"));
    const rooms = new Set(ours.map((path) => path.split("/").slice(0, 2).join("/")));
    expect([...rooms].filter((room) => !/^(lib|functions)\//.test(room))).toEqual([]);
    expect(ours.filter((path) => path.startsWith("lib/local/"))).toEqual(["lib/local/clock.ts"]);
    expect([...bundle.sizes.keys()].filter((file) => !file.endsWith(".mjs"))).toEqual([]);
  });

  test("waits with the Azure SDKs until the first call", () => {
    const entry = readFileSync(join(folder, "main.mjs"), "utf8");
    expect(entry).not.toContain("ComputeManagementClient");
    expect(bundle.sizes.get("main.mjs")).toBeLessThan(1_200_000);
  });

  test("has the names and paths of the routes as data, and waits with their schemas until the first request", () => {
    expect(readFileSync(join(folder, "main.mjs"), "utf8")).toContain("httpTriggers=[{");
  });

  test("holds the operator page", () => {
    const parts = [...bundle.sizes.keys()].map((file) => readFileSync(join(folder, file), "utf8"));
    expect(parts.filter((text) => text.includes('["dist/app/page.json",'))).toHaveLength(1);
  });

  test("can be loaded, every part of it: also those that only some settings call for", () => {
    const parts = [...bundle.sizes.keys()].filter((file) => file !== "main.mjs");
    const load = `for (const part of ${JSON.stringify(parts)}) await import("./" + part);`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", load], { cwd: folder, stdio: "pipe" });
  });

  test("is all that is deployed", () => {
    const ignored = readFileSync(join(root, ".funcignore"), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.replace(/\/$/, ""));
    const packed = readdirSync(root).filter((name) => !ignored.some((pattern) => matchesGlob(name, pattern)));
    expect(packed.filter((name) => name !== "dist").sort()).toEqual(["host.json", "package.json"]);
    expect(ignored).not.toContain("dist");
    const { main, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect({ main, type }).toEqual({ main: functionsEntry, type: "module" });
  });

  test("asks for the extension bundle that Durable Functions needs, and for the routes as the API writes them", () => {
    const host = JSON.parse(readFileSync(join(root, "host.json"), "utf8"));
    expect(host).toMatchObject({
      extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle", version: "[4.36.0, 4.39.0)" },
      functionTimeout: "00:10:00",
      extensions: {
        http: { routePrefix: "" },
        // The default, 5 minutes, is how long a killed host keeps a run from going on.
        durableTask: { storageProvider: { type: "azureStorage", controlQueueVisibilityTimeout: "00:01:00" } },
      },
    });
  });
});

describe("host.json of a package for the Durable Task Scheduler", () => {
  const host = JSON.parse(readFileSync(join(root, "host.json"), "utf8"));
  const staged = hostJsonFor("scheduler", host);

  test("names provider, hub and connection itself, as the scale controller reads them", () => {
    expect(staged.extensions.durableTask).toMatchObject({
      hubName: "%TASKHUB_NAME%",
      storageProvider: { type: "azureManaged", connectionStringName: "DURABLE_TASK_SCHEDULER_CONNECTION_STRING" },
    });
    const text = readFileSync(join(root, "infra/modules/scheduler.bicep"), "utf8");
    for (const setting of ["TASKHUB_NAME", "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]) {
      expect(text).toContain(`  ${setting}: `);
    }
    expect(text).not.toContain("AzureFunctionsJobHost__");
  });

  test("has no setting of the queues, and all else as it is", () => {
    expect(Object.keys(staged.extensions.durableTask.storageProvider)).toEqual(["type", "connectionStringName"]);
    expect(staged.extensions.durableTask.maxConcurrentActivityFunctions).toBe(
      host.extensions.durableTask.maxConcurrentActivityFunctions,
    );
    expect({ ...staged, extensions: null }).toEqual({ ...host, extensions: null });
  });

  test("is the file itself for Azure Storage, and a misspelt choice is refused", () => {
    expect(hostJsonFor("azure-storage", host)).toEqual(host);
    expect(() => readDurableBackend("azure")).toThrow("must be azure-storage or scheduler");
  });
});

function triggerOf(bindings: Record<string, Binding>): string {
  const trigger = Object.values(bindings).find(({ type }) => type.endsWith("Trigger"));
  if (!trigger) return "no trigger";
  const { type, authLevel, methods, route, schedule } = trigger;
  if (type === "httpTrigger") return `${authLevel} http ${methods} ${route}`;
  return [type.slice(0, -"Trigger".length), schedule].filter(Boolean).join(" ");
}
