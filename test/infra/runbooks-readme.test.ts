import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { call } from "../cli/call.ts";
import { hasPwsh, pwsh } from "../fixtures/pwsh.ts";
import { azLogin, type Ended, openRig, type Rig, repository, run } from "./runbook-rig.ts";

/*
 * What the documents tell people to type is typed: each block as it stands there, with its variables in the
 * environment.
 */

const hasAz = spawnSync("az", ["version"]).status === 0;

/** People have `pwsh` on their PATH. */
const searchPath = [...(pwsh === null ? [] : [dirname(pwsh)]), process.env.PATH].join(delimiter);

/** The indented blocks of a document, or of one section of it. */
function blocksOf(file: string, section?: string): string[] {
  const text = readFileSync(join(repository, file), "utf8");
  const part = section === undefined ? text : (text.split(/^## /m).find((one) => one.startsWith(`${section}\n`)) ?? "");
  return [...part.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replace(/^ {4}/gm, ""));
}

/** What a step of a pipeline runs. */
function stepOf(yaml: string): string {
  return /^ *run: (.*)$/m.exec(yaml)?.[1] ?? "";
}

describe("the documents on triggers", () => {
  let rig: Rig;
  let azFolder: string;

  beforeEach(async () => {
    rig = await openRig("renew-rdp-certificate");
    azFolder = mkdtempSync(join(tmpdir(), "az-"));
  });
  afterEach(async () => {
    rmSync(azFolder, { recursive: true });
    expect(await rig.close()).toEqual([]);
  });

  const [runbook = "", alert = "", pipeline = "", ...others] = blocksOf("README.md", "Trigger it");
  const type = (command: string, env: Record<string, string>) =>
    run(["bash", "-c", command], { PATH: searchPath, SERVICE: rig.url, VM: rig.vm, ...env });
  const runs = async () => (await rig.engine.list({ limit: 20 })).runs;

  test("are three blocks in the README", () => {
    expect(others).toEqual([]);
    expect(runbook).toContain("infra/runbooks/Repair-AzureVmRdp.ps1");
    expect(alert).toContain("/api/alerts");
    expect(pipeline).toContain("run: ");
  });

  test.skipIf(!hasPwsh)("let a runbook repair", async () => {
    const ended = await type(runbook, { RDP_REMEDIATION_TOKEN: await rig.tokenOf(rig.clients.requester) });
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(await runs()).toMatchObject([{ trigger: { kind: "http" }, outcome: { kind: "repaired" } }]);
  });

  test("let an alert repair", async () => {
    const ended = await type(alert, { TOKEN: await rig.tokenOf(rig.clients.actionGroup) });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({ accepted: [{ vm: rig.vm }], ignored: [] });
    const [started] = await runs();
    const settled = await rig.engine.settled(started?.id ?? "");
    expect(settled).toMatchObject({ trigger: { kind: "alert" }, outcome: { kind: "repaired" } });
  });

  test.skipIf(!hasAz)("let a pipeline repair, signed in with the Azure CLI", async () => {
    const ended = await type(stepOf(pipeline), await azLogin(rig, azFolder));
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining(": repaired. ") });
    expect(await runs()).toMatchObject([{ outcome: { kind: "repaired" } }]);
  });

  test("let a pipeline repair on what serve serves, with the token that it tells how to get", async () => {
    let told = "";
    let typing: Promise<Ended> | undefined;
    const args = ["serve", "--sandbox", "renew-rdp-certificate", "--guest", "modelled", "--port", "0"];
    const served = await call(args, {
      environment: {},
      watch(text, stop) {
        told += text;
        const [, service] = /Serving at (http:\/\/127\.0\.0\.1:\d+)/.exec(told) ?? [];
        const [token] = /^ *TOKEN=\$\((?:.|\n)*?\)$/m.exec(told) ?? [];
        if (!service || !token || typing) return;
        const command = `${token}\nexport RDP_REMEDIATION_TOKEN="$TOKEN"\n${stepOf(pipeline)}`;
        typing = type(command, { SERVICE: service }).finally(stop);
      },
    });
    expect(served.code).toBe(0);
    expect(await typing).toMatchObject({ code: 0, err: "", out: expect.stringContaining(": repaired. ") });
  });

  test.skipIf(!hasAz)("let az rest repair", async () => {
    const [block = "", ...more] = blocksOf("infra/runbooks/README.md");
    expect(more).toEqual([]);
    const ended = await type(block, {
      ...(await azLogin(rig, azFolder)),
      SERVICE: rig.secureUrl,
      CURL_CA_BUNDLE: rig.caFile,
    });
    expect(ended).toMatchObject({ code: 0, out: expect.stringMatching(/^repaired$/m) });
    expect(await runs()).toMatchObject([{ outcome: { kind: "repaired" } }]);
  });
});
