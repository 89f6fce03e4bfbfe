import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../infra/fixes/network-fix.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { jsonResponse } from "../../lib/http/api-message.ts";
import { type Mishap, openRig, type Rig, run } from "./runbook-rig.ts";

/*
 * The whole way of a fix, step by step as the pipeline's file has it: a served API, its run, the script of the
 * pipeline, and a simulated Azure that has the group. Only the Azure CLI and the template are played.
 */

const client = "10.0.0.9";
const fakeAz = fileURLToPath(new URL("fake-az.ts", import.meta.url));

describe("the pipeline of a network fix", () => {
  let rig: Rig;
  let folder: string;
  let environment: Record<string, string>;
  let runId: string;

  beforeAll(async () => {
    rig = await openRig("nsg-denies");
    folder = mkdtempSync(join(tmpdir(), "pipeline-"));
    writeFileSync(join(folder, "az"), `#!/bin/sh\nexec "${process.execPath}" "${fakeAz}" "$@"\n`);
    chmodSync(join(folder, "az"), 0o755);
    environment = {
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      SERVICE_URL: rig.url,
      SERVICE_AUDIENCE: "api://rdp-remediation",
      SERVICE_TOKEN: await rig.tokenOf(rig.clients.requester),
      SANDBOX_ARM: rig.sandbox.endpoint,
      SANDBOX_ARM_TOKEN: await armToken(rig),
      NODE_EXTRA_CA_CERTS: rig.caFile,
      NSG_SUBSCRIPTIONS: rig.sandbox.vms[0]?.subscriptionId ?? "",
      POLL_SECONDS: "0.1",
    };
    runId = await diagnose();
    environment.RUN_ID = runId;
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    expect(await rig.close()).toEqual([]);
  });

  const step = (name: string, more: Record<string, string> = {}) =>
    run([process.execPath, "infra/fixes/network-fix.ts", name], { ...environment, ...more });

  /** A diagnosis of the network alone, and whether the client gets in by it. */
  async function diagnose(): Promise<string> {
    const answer = await fetch(`${rig.url}/api/runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${environment.SERVICE_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ vm: rig.vm, mode: "diagnose", checks: ["nsg-allows-rdp"], sources: [client] }),
    });
    const { id } = (await answer.json()) as { id: string };
    for (;;) {
      const found = await rig.engine.get(id);
      if (found.ok && found.value.state === "ended") return id;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function verdict(): Promise<string | undefined> {
    const found = await rig.engine.get(await diagnose());
    return found.ok ? found.value.findings[0]?.verdict : undefined;
  }

  test("has a VM that its client cannot reach", async () => {
    expect(parseVmId(rig.vm).ok).toBe(true);
    expect(await verdict()).toBe("faulty");
  });

  test("shows what it would change, and hands on what it saw", async () => {
    const outputs = join(folder, "outputs");
    const summary = join(folder, "summary.md");
    const { code, out, err } = await step("review", { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("source       10.0.0.9/32");
    expect(out).toContain(`securityRules/Allow-RDP-${runId.slice(0, 8)}`);
    const [, reviewed = ""] = /^reviewed=([0-9a-f]{64})\n$/.exec(readFileSync(outputs, "utf8")) ?? [];
    expect(out).toContain(`##vso[task.setvariable variable=reviewed;isOutput=true]${reviewed}`);
    environment.REVIEWED = reviewed;
    expect(await verdict()).toBe("faulty");
    const page = readFileSync(summary, "utf8");
    expect(page).toContain(`## Network fix of run ${runId}\n\n1 rule would be deployed.`);
    expect(page).toContain(`(digest ${reviewed.slice(0, 12)})`);
    expect(page).toContain("      source       10.0.0.9/32, any port");
  });

  test("deploys nothing else than what was reviewed", async () => {
    const { code, err } = await step("deploy", { REVIEWED: "0".repeat(64) });
    expect(code).toBe(1);
    expect(err).toContain("not the one that was reviewed");
    expect(await verdict()).toBe("faulty");
  });

  test("deploys, and the service finds the client let in", async () => {
    expect(await step("deploy")).toMatchObject({ code: 0, err: "" });
    const { code, err, out } = await step("recheck", { TF_BUILD: "True", AGENT_TEMPDIRECTORY: folder });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("10.0.0.9/32 reaches");
    const [, file = ""] = /^##vso\[task\.uploadsummary\](.+)$/m.exec(out) ?? [];
    expect(readFileSync(file, "utf8")).toMatch(/^## Proven\n[\s\S]*10\.0\.0\.9\/32 reaches/);
    expect(await verdict()).toBe("healthy");
  });

  test("deploys the same again without harm", async () => {
    expect(await step("deploy")).toMatchObject({ code: 0, err: "" });
    expect(await verdict()).toBe("healthy");
  });

  test("leaves the rule alone while its time lasts, and when another run is named", async () => {
    expect(await step("remove-expired")).toMatchObject({ code: 0, out: "There is no such rule.\n" });
    const other = "00000000-0000-4000-8000-00000000ffff";
    expect(await step("remove", { RUN_ID: other })).toMatchObject({ code: 0, out: "There is no such rule.\n" });
    expect(await verdict()).toBe("healthy");
  });

  test("removes the rule by the run, and only that", async () => {
    expect(await step("remove")).toMatchObject({ code: 0, err: "" });
    expect(await verdict()).toBe("faulty");
  });

  test("fails where the rules do not help", async () => {
    const { code, err } = await step("recheck");
    expect(code).toBe(1);
    expect(err).toContain("does not find them to help");
  });

  test("takes no run that proposes nothing, none that is not there, and no word that is no id", async () => {
    expect((await step("review", { RUN_ID: "00000000-0000-4000-8000-00000000ffff" })).err).toMatch(/HTTP 404/);
    const bad = await step("review", { RUN_ID: "1; echo harm" });
    expect(bad).toMatchObject({ code: 1, err: "RUN_ID is missing or not what it should be.\n" });
  });

  test("prints nothing of the service that a terminal or the pipeline would obey", async () => {
    const hostile = "let in\n##vso[task.prependpath]/x\n::set-output name=a::b\u001b[2J\u202eend";
    const passes: Mishap = (request, answer) => answer(request);
    const finding = { check: "nsg-allows-rdp", verdict: "healthy", because: hostile };
    rig.mishaps.push(passes, async () => jsonResponse(202, { id: runId, status: "Succeeded", findings: [finding] }));
    const checked = await step("recheck");
    expect(checked).toMatchObject({ code: 0, out: "let in\n#vso[task.prependpath]/x\n> ::set-output name=a::bend\n" });
    rig.mishaps.push(async () => jsonResponse(400, { error: { code: "Bad", message: hostile } }));
    const refused = await step("review");
    expect(refused).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("\n> ::set-output name=a::bend\n"),
    });
    expect(refused.err).not.toMatch(/##vso|[\p{Cf}]|[^\P{Cc}\n]/u);
  });

  test("sends its token to no other than an https address", async () => {
    const { code, err } = await step("review", { SERVICE_URL: "http://example.com" });
    expect([code, err]).toEqual([1, "SERVICE_URL is missing or not what it should be.\n"]);
  });

  test("knows these steps", async () => {
    expect(Object.keys(commands)).toEqual(["review", "deploy", "recheck", "remove", "remove-expired"]);
    expect((await step("toString")).err).toMatch(/^Say what to do: review/);
  });
});

async function armToken({ sandbox: { endpoint, tenantId, operator } }: Rig): Promise<string> {
  const answer = await fetch(`${endpoint}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: operator.clientId,
      client_secret: operator.secret,
      scope: `${endpoint}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
