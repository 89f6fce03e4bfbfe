import { expect } from "vitest";
import { readArguments } from "../../cli/arguments.ts";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { nextSteps } from "../../cli/render/next-steps.ts";
import { runOptions } from "../../cli/start-run.ts";
import type { Run } from "../../lib/core/run.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
import { addressesOf } from "../../lib/runs/machine/outside.ts";

/**
 * Types every command that is printed below this run: each is understood, is about this run or its VM, and a repair
 * asks for exactly what was asked for.
 */
export async function expectPasteableCommands(run: Run): Promise<void> {
  for (const { command } of nextSteps(viewLocalRun(run), { program: "rdp", sandbox: null })) {
    const typed = command.join(" ");
    const read = await readArguments(splitWords(typed).slice(1));
    if (!read.ok) throw new Error(`${typed}: ${read.problem.message}`);
    const invocation = read.value;
    if (invocation.kind !== "command") throw new Error(`${typed} is no command`);
    if (invocation.command === "probe" || invocation.command === "client-checks") {
      expect(run.before && addressesOf(run.before.azure)).toContain(
        invocation.operand?.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""),
      );
    } else if (invocation.operand !== undefined) {
      expect([run.id, run.options.undoes, formatVmId(run.vm)]).toContain(invocation.operand);
    }
    if (invocation.command !== "repair") continue;
    const { port: _, ...asked } = run.options;
    expect(runOptions(invocation.options, "repair", null), formatVmId(run.vm)).toEqual({ ...asked, dryRun: false });
    // Three options name a VM; every other machine is named by its resource id.
    if (run.vm.kind) {
      expect(invocation.operand).toBe(formatVmId(run.vm));
      continue;
    }
    const { subscription, "resource-group": resourceGroup, name } = invocation.options;
    expect(`${subscription}/${resourceGroup}/${name}`).toBe(
      `${run.vm.subscriptionId}/${run.vm.resourceGroup}/${run.vm.name}`,
    );
  }
}

/** As a shell does, with single quotes alone. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
