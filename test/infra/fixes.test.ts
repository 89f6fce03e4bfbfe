import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { commands } from "../../infra/fixes/network-fix.ts";
import { describeRule, leastPrefixLength, longestLifeMs, readDescription } from "../../lib/core/network-proposal.ts";
import {
  azCommand,
  describeWhatIf,
  nsgNameOf,
  parameterFile,
  templateFile,
  templateValues,
} from "../../lib/network/proposal-forms.ts";
import { bicep, build, type Json } from "./bicep-compiler.ts";
import { nsgId, proposal, runId } from "./fixes-rig.ts";
import { repository } from "./repository.ts";
import { valueAt } from "./whole-deployment.ts";
import { readWorkflow, workflowText } from "./workflow-files.ts";

const azureDevOps = "infra/pipelines/azure-devops-network-fix.yml";
const [rule] = proposal().rules;
if (!rule) throw new Error("the proposal has a rule");

describe.skipIf(bicep === null)("the template of a rule", () => {
  let template: Json;

  beforeAll(async () => {
    const { templates, diagnostics } = await build(templateFile);
    const built = templates.get(basename(templateFile, ".bicep"));
    if (built === undefined) throw new Error(`${templateFile} does not build:\n${diagnostics.join("\n")}`);
    template = built;
  });

  test("takes exactly what a proposal gives", () => {
    const parameters = Object.entries(valueAt(template, "parameters") ?? {});
    const required = parameters.filter(([, one]) => !("defaultValue" in one || "nullable" in one));
    expect(Object.keys(templateValues(proposal(), rule)).sort()).toEqual(required.map(([name]) => name).sort());
    expect(parameters.map(([name]) => name)).toContain("now");
  });

  test("has the limits of the schema", () => {
    expect(valueAt(template, "variables")).toMatchObject({
      leastPrefixLength: `[if(contains(parameters('source'), ':'), ${leastPrefixLength[6]}, ${leastPrefixLength[4]})]`,
      narrowSource: expect.stringMatching(
        /^\[if\(greaterOrEquals\(variables\('prefixLength'\), variables\('leastPrefixLength'\)\), .*, fail\('/,
      ),
      isLimited: `[and(greater(variables('secondsLeft'), 0), lessOrEquals(variables('secondsLeft'), ${longestLifeMs / 1000}))]`,
      limit: expect.stringMatching(/^\[if\(variables\('isLimited'\), parameters\('expiresAt'\), fail\('/),
    });
  });

  test("describes the rule in the words by which it is found again", () => {
    const { runId: id, expiresAt } = templateValues(proposal(), rule);
    const format = String(valueAt(template, "resources.0.properties.description"));
    const [, words = ""] = /^\[format\('(.*)', parameters\('runId'\), variables\('limit'\)\)\]$/.exec(format) ?? [];
    const described = words.replace("{0}", id).replace("{1}", expiresAt);
    expect(described).toBe(describeRule(proposal()));
    expect(readDescription(described)).toEqual({ runId, expiresAt: "2026-11-22T08:00:00Z" });
    expect(described.length).toBeLessThanOrEqual(140);
  });

  test("allows inbound TCP by one rule of a group that is there already, and nothing else", () => {
    expect(valueAt(template, "resources")).toEqual([
      {
        type: "Microsoft.Network/networkSecurityGroups/securityRules",
        apiVersion: "2024-05-01",
        name: "[format('{0}/{1}', parameters('securityGroupName'), variables('nameOfRun'))]",
        properties: {
          description: expect.any(String),
          priority: "[parameters('priority')]",
          direction: "Inbound",
          access: "Allow",
          protocol: "Tcp",
          sourceAddressPrefix: "[variables('narrowSource')]",
          sourcePortRange: "*",
          destinationAddressPrefix: "[variables('oneDestination')]",
          destinationPortRange: "[string(parameters('port'))]",
        },
      },
    ]);
  });
});

describe("the forms of a proposal", () => {
  test("as parameters", () => {
    expect(parameterFile(proposal(), rule)).toEqual({
      $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
      contentVersion: "1.0.0.0",
      parameters: {
        securityGroupName: { value: "nsg-app" },
        runId: { value: runId },
        ruleName: { value: "Allow-RDP-3f2a8c1e" },
        priority: { value: 199 },
        source: { value: "203.0.113.7/32" },
        destination: { value: "10.0.0.4" },
        port: { value: 3389 },
        expiresAt: { value: "2026-11-22T08:00:00Z" },
      },
    });
  });

  test("as a command, quoted where a shell would read something else", () => {
    expect(azCommand(proposal(), rule)).toBe(
      "az network nsg rule create --subscription 00000000-0000-4000-8000-000000000001 --resource-group 'rg-(network)' --nsg-name nsg-app --name Allow-RDP-3f2a8c1e --priority 199 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 203.0.113.7/32 --source-port-ranges '*' --destination-address-prefixes 10.0.0.4 --destination-port-ranges 3389 --description 'RDP remediation run 3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b, expires 2026-11-22T08:00:00Z'",
    );
  });

  test("as a command that a real shell takes apart as it was meant", () => {
    const typed = `az() { for word in "$@"; do printf '%s\\n' "$word"; done; }; cd /; ${azCommand(proposal(), rule)}`;
    const words = execFileSync("sh", ["-c", typed], { encoding: "utf8" }).trimEnd().split("\n");
    const options = Object.fromEntries(
      words.flatMap((word, at) => (word.startsWith("--") ? [[word, words[at + 1]]] : [])),
    );
    expect(words.slice(0, 4)).toEqual(["network", "nsg", "rule", "create"]);
    expect(words).toHaveLength(4 + 2 * 13);
    expect(options).toMatchObject({
      "--resource-group": "rg-(network)",
      "--source-port-ranges": "*",
      "--description": describeRule(proposal()),
    });
  });

  test("as what would change", () => {
    expect(describeWhatIf(proposal())).toBe(
      [
        "~ network security group nsg-app",
        "    in resource group rg-(network) of subscription 00000000-0000-4000-8000-000000000001",
        "  + inbound rule Allow-RDP-3f2a8c1e",
        "      priority     199, before deny-rdp (200)",
        "      access       Allow, Tcp",
        "      source       203.0.113.7/32, any port",
        "      destination  10.0.0.4, port 3389",
        "      description  RDP remediation run 3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b, expires 2026-11-22T08:00:00Z",
      ].join("\n"),
    );
  });

  test("know where a group is", () => {
    expect(nsgNameOf({ nsgId })).toMatchObject({ resourceGroup: "rg-(network)", name: "nsg-app" });
    expect(() => nsgNameOf({ nsgId: "/nowhere" })).toThrow(RangeError);
  });
});

describe("the workflow of a network fix", () => {
  const path = ".github/workflows/network-fix.yml";
  const { on, jobs } = readWorkflow(path);
  const { review, deploy, remove } = jobs;

  test("is started by the service or by a person with the run's id", () => {
    expect(on).toMatchObject({ repository_dispatch: { types: ["rdp-network-fix"] } });
    expect(on.workflow_dispatch).toMatchObject({ inputs: { run_id: { required: true, type: "string" } } });
    expect(readFileSync(`${repository}lib/github/dispatch.ts`, "utf8")).toContain('"rdp-network-fix"');
  });

  test("changes nothing before it was shown and somebody has approved", () => {
    expect(deploy).toMatchObject({ needs: "review", environment: "rdp-network" });
    expect(remove).toMatchObject({ environment: "rdp-network" });
    expect(review?.environment).toBeUndefined();
    expect(review?.steps?.at(-1)?.run).toBe("node infra/fixes/network-fix.ts review");
    expect(deploy?.steps?.slice(-2).map(({ run }) => run)).toEqual([
      "node infra/fixes/network-fix.ts deploy",
      "node infra/fixes/network-fix.ts recheck",
    ]);
    expect(deploy?.steps?.at(-2)?.env).toEqual({ REVIEWED: expect.stringContaining("needs.review.outputs.reviewed") });
  });

  test("reviews as an identity that may not write, because nobody has approved yet", () => {
    const clientOf = (job: typeof review) =>
      /vars\.\w+/.exec(
        String(job?.steps?.find(({ uses }) => uses?.startsWith("azure/login@"))?.with?.["client-id"]),
      )?.[0];
    expect(clientOf(review)).toBe("vars.AZURE_REVIEW_CLIENT_ID");
    expect([clientOf(deploy), clientOf(remove)]).toEqual(Array(2).fill("vars.AZURE_CLIENT_ID"));
  });

  test("signs in without a secret", () => {
    for (const job of [review, deploy, remove]) {
      expect(job?.permissions).toEqual({ contents: "read", "id-token": "write" });
    }
    expect(workflowText(path)).not.toMatch(/secrets\./);
  });
});

describe("every pipeline", () => {
  const files = [".github/workflows/network-fix.yml", ".github/workflows/network-fix-expiry.yml", azureDevOps];

  test.each(files)("%s runs steps that the script has", (path) => {
    const text = readFileSync(`${repository}${path}`, "utf8");
    const steps = [...text.matchAll(/network-fix\.ts ([\w-]+)/g)].map(([, step = ""]) => step);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter((step) => !Object.hasOwn(commands, step))).toEqual([]);
  });

  test("of Azure DevOps has the same stages, approvals, and no value of a caller in a script", () => {
    const { stages, schedules } = parse(readFileSync(`${repository}${azureDevOps}`, "utf8"));
    expect(stages.map(({ stage }: { stage: string }) => stage)).toEqual(["Review", "Deploy", "Remove", "Expire"]);
    expect(schedules).toHaveLength(1);
    expect(stages[1].jobs[0]).toMatchObject({ deployment: "deploy", environment: "rdp-network" });
    expect(stages[2].jobs[0]).toMatchObject({ deployment: "remove", environment: "rdp-network" });
    const connections = [...JSON.stringify(stages).matchAll(/"azureSubscription":"\$\{\{ parameters\.(\w+) \}\}"/g)];
    expect(connections.map(([, name]) => name)).toEqual([
      "reviewServiceConnection",
      ...Array(3).fill("serviceConnection"),
    ]);
    const scripts = JSON.stringify(stages).match(/"(?:inlineScript|script)":"[^"]*"/g) ?? [];
    expect(scripts.length).toBeGreaterThan(4);
    expect(scripts.filter((script) => /\$\{\{|\$\(/.test(script))).toEqual([]);
  });
});
