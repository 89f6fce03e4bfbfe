import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasPwsh, pwsh } from "../fixtures/pwsh.ts";
import { parseScript } from "../guest/powershell/grammar.ts";
import { asciiAlone, noAlias, noInvokeExpression, noLaterSyntax, noSyntaxError } from "../guest/powershell/rules.ts";
import { openRig, repository, run } from "./runbook-rig.ts";
import { describeRunbook } from "./runbook-scenarios.ts";

describeRunbook({
  file: "Repair-AzureVmRdp.ps1",
  program: [pwsh ?? "pwsh", "-NoProfile", "-NonInteractive", "-File"],
  flag: (name) => `-${name}`,
  signsInBy: "managed identity",
});

describe("Repair-AzureVmRdp.ps1, in Azure Automation", () => {
  test.skipIf(!hasPwsh)("goes on with its run when the job is started again", async () => {
    const rig = await openRig("healthy");
    const job = randomUUID();
    const script = `./infra/runbooks/Repair-AzureVmRdp.ps1 -ServiceUri ${rig.url} -VmResourceId ${rig.vm}`;
    const command = `$global:PSPrivateMetadata = @{ JobId = [guid] '${job}' }; ${script}; ${script}`;
    const ended = await run([pwsh ?? "pwsh", "-NoProfile", "-NonInteractive", "-Command", command], rig.identity);
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out.split(`Run ${job}: healthy.`)).toHaveLength(3);
    expect((await rig.engine.list({ limit: 20 })).runs).toMatchObject([{ id: job }]);
    expect(await rig.close()).toEqual([]);
  });

  // Windows PowerShell 5.1 must be able to read it, to name the version that it needs.
  test.each(Object.entries({ noSyntaxError, noLaterSyntax, asciiAlone, noAlias, noInvokeExpression }))(
    "%s",
    (_, rule) => {
      const text = readFileSync(join(repository, "infra/runbooks/Repair-AzureVmRdp.ps1"), "utf8");
      expect(rule(parseScript(text))).toEqual([]);
    },
  );
});
