import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { repository } from "./repository.ts";
import {
  readWorkflow,
  stepsOf,
  type WorkflowJob,
  type WorkflowStep,
  workflowFiles,
  workflowProblems,
  workflowText,
} from "./workflow-files.ts";

const files = workflowFiles();

test.each(files)("%s is what GitHub's own parser takes", async (path) => {
  expect(await workflowProblems(path)).toEqual([]);
});

describe.each(files)("%s", (path) => {
  const workflow = readWorkflow(path);
  const steps = stepsOf(workflow);

  test("pins every action to a commit, with its version beside it", () => {
    const lines = [...workflowText(path).matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, line = ""]) => line);
    expect(lines.length).toBe(steps.filter(({ uses }) => uses).length);
    expect(lines.filter((line) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){0,2}$/.test(line))).toEqual([]);
  });

  test("pins an action to one commit wherever it is used", () => {
    const all = files.flatMap((one) => stepsOf(readWorkflow(one)).flatMap(({ uses }) => uses ?? []));
    const commits = Map.groupBy(new Set(all), (uses) => uses.split("@")[0]?.toLowerCase());
    expect([...commits].filter(([, uses]) => uses.length > 1)).toEqual([]);
  });

  test("lets its token read the repository at most, where a job does not say more", () => {
    expect([{}, { contents: "read" }]).toContainEqual(workflow.permissions);
  });

  test("puts nothing into a script that somebody else wrote", () => {
    expect(steps.filter(({ run }) => run?.includes("${{"))).toEqual([]);
  });

  test("leaves no token of the repository behind for what runs after the checkout", () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts).not.toEqual([]);
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });

  test("lets a step fail where a command of a pipe fails", () => {
    const shell = (step: WorkflowStep, job: WorkflowJob) =>
      step.shell ?? job.defaults?.run?.shell ?? workflow.defaults?.run?.shell;
    const piped = Object.values(workflow.jobs).flatMap((job) =>
      (job.steps ?? []).filter((step) => /[^|]\|[^|]/.test(step.run ?? "")).map((step) => shell(step, job)),
    );
    expect(piped.filter((name) => name !== "bash" && name !== "powershell")).toEqual([]);
  });

  test("does one thing at a time", () => {
    expect(workflow.concurrency?.group).toMatch(/\w/);
  });

  test("runs files that exist", () => {
    const named = steps.flatMap(({ run }) => [
      ...(run ?? "").matchAll(/(?:^|[\s"])((?:scripts|test|infra)\/[\w./-]+\.\w+)/g),
    ]);
    for (const [, file = ""] of named) expect(existsSync(`${repository}${file}`), file).toBe(true);
  });
});

describe("CI", () => {
  const { jobs } = readWorkflow(".github/workflows/ci.yml");

  test("tests on the Node.js of the app and on the newest, on Linux and on Windows", () => {
    expect(jobs.test?.strategy?.matrix).toEqual({ os: ["ubuntu-latest", "windows-latest"], node: [22, 24] });
  });
});

describe("the deployment", () => {
  const { jobs } = readWorkflow(".github/workflows/deploy.yml");
  const { deploy, "what-if": whatIf } = jobs;

  test("shows what would change before it asks for approval", () => {
    expect(deploy?.needs).toBe("what-if");
    expect(whatIf?.environment).not.toEqual(deploy?.environment);
  });

  test("signs in with OpenID Connect and holds no secret of Azure", () => {
    for (const job of [whatIf, deploy]) {
      expect(job?.permissions).toEqual({ contents: "read", "id-token": "write" });
      const login = job?.steps?.find(({ uses }) => uses?.startsWith("azure/login@"));
      expect(Object.keys(login?.with ?? {}).sort()).toEqual(["client-id", "subscription-id", "tenant-id"]);
    }
    expect(workflowText(".github/workflows/deploy.yml").match(/secrets\.\w+/g)).toEqual([
      "secrets.DISPATCH_TOKEN",
      "secrets.NOTIFICATION_SECRETS",
    ]);
  });

  test("has a parameter file for each choice", () => {
    const inputs = parse(workflowText(".github/workflows/deploy.yml")).on.workflow_dispatch.inputs;
    for (const name of inputs.environment.options) {
      expect(existsSync(`${repository}infra/parameters/${name}.json`), name).toBe(true);
    }
  });

  test("ends with a question that the app answers", () => {
    expect(deploy?.steps?.at(-1)?.run).toContain("infra/smoke-test.sh");
  });
});

describe("the guest on Windows", () => {
  const { jobs } = readWorkflow(".github/workflows/guest-on-windows.yml");

  test("runs in Windows PowerShell 5.1 on the servers that GitHub has, or on others that are named, but never for a pull request", () => {
    const os = jobs.repair?.strategy?.matrix?.os;
    const [, named, byDefault = ""] = /^\$\{\{ fromJSON\((.+) \|\| '(.+)'\) \}\}$/.exec(String(os)) ?? [];
    expect(named).toBe("github.event_name != 'pull_request' && vars.WINDOWS_RUNNERS");
    expect(JSON.parse(byDefault)).toEqual(["windows-2022", "windows-2025"]);
    expect(jobs.repair?.defaults?.run?.shell).toBe("powershell");
  });
});

describe("azure.yaml", () => {
  const project = parse(readFileSync(`${repository}azure.yaml`, "utf8"));

  test("deploys main.bicep, and the app to the resource that carries its tag", () => {
    expect(existsSync(`${repository}${project.infra.path}/${project.infra.module}.bicep`)).toBe(true);
    const [[name]] = Object.entries(project.services) as [[string, unknown]];
    expect(readFileSync(`${repository}infra/modules/function-app.bicep`, "utf8")).toContain(
      `'azd-service-name': '${name}'`,
    );
  });

  test("packs the staged bundle as it is: azd refuses `ts` without a remote build where node_modules are ignored", () => {
    const { dist, hooks, ...service } = project.services.api;
    expect(service).toMatchObject({ host: "function", language: "custom", remoteBuild: false });
    const { posix, windows } = hooks.prepackage;
    for (const { run } of [posix, windows]) expect(run).toMatch(new RegExp(`node scripts/stage-package\\.ts ${dist}$`));
    expect(readFileSync(`${repository}.gitignore`, "utf8")).toContain(`\n/${dist}/\n`);
    expect(readFileSync(`${repository}.funcignore`, "utf8")).toContain(`\n${dist}/\n`);
  });

  test("takes no azd whose `azd down` deletes the resource groups of the VMs", () => {
    expect(project.requiredVersions.azd).toBe(">= 1.25.0");
  });
});

test("which workflows have never run is said by name", () => {
  const page = readFileSync(`${repository}docs/not-yet-run.md`, "utf8");
  for (const path of files) expect(page).toContain(path.split("/").at(-1));
});
