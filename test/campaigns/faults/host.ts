import { setTimeout } from "node:timers/promises";
import { setDefaultCACertificates } from "node:tls";
import { connectAzure } from "../../../lib/azure/connect.ts";
import { openTableStore } from "../../../lib/azure/tables/table-store.ts";
import { parseVmId } from "../../../lib/core/vm-id.ts";
import { isUnfinished } from "../../../lib/runs/maintenance/unfinished-runs.ts";
import { startSandbox } from "../../../sandbox/sandbox.ts";
import { World } from "../../../sandbox/world.ts";
import { stageApp, startHost, startStorage } from "../../e2e/host/functions-host.ts";
import { signInTo } from "../../fixtures/sandbox-service.ts";
import type { CampaignRig } from "../rig.ts";
import { type CaseResult, type HostCase, tryOn } from "./case.ts";
import { scenarios } from "./scenarios.ts";

/** How many cases are under way at once, each with a VM of its own. */
const atOnce = 24;

/** How long one run may take, in real time: a throttled call may be told to wait for five minutes. */
const longestMs = 15 * 60_000;

/** The host is asked to look for runs again after this time: it takes up what has been stored. */
const sweepEveryMs = 2000;

/** A run that is younger is left to the process that stored it, so runs are made this old. */
const graceMs = 60_000;

/** What the names of this case's VM, group and region have in them, and no other's: in the form of the end of a GUID. */
const tokenOf = (number: number) => `c${number.toString(16).padStart(11, "0")}`;

/** All VMs of all scenarios, one for each case. */
function worldOf(cases: readonly HostCase[]): World {
  const worlds = cases.map(({ call }) => scenarios[call.scenario].world());
  const vms = worlds.map(({ vms: [vm] }, number) => {
    const token = tokenOf(number);
    const name = vm?.kind === "scale-set-instance" ? `vmss-${token}/3` : `vm-${token}`;
    return { ...vm, name, resourceGroup: `rg-${token}`, location: `l${token}` };
  });
  return World.parse({ ...worlds[0], vms, runCommand: { ...worlds[0]?.runCommand, seconds: 0.3 } });
}

/** Tries all cases in one Functions host, over Azurite, before one simulated Azure. */
export async function tryInHost(cases: readonly HostCase[], tell: (line: string) => void): Promise<CaseResult[]> {
  const [app, storage] = await Promise.all([stageApp(), startStorage()]);
  const restarts = new Map<string, number>();
  const log = (line: string) => {
    const name = /^(\S+): restarts$/.exec(line)?.[1];
    if (name) restarts.set(name, (restarts.get(name) ?? 0) + 1);
  };
  const sandbox = await startSandbox({ world: worldOf(cases), guest: "modelled", log });
  setDefaultCACertificates([sandbox.caPem]);
  const table = "RdpRemediation";
  const { connectionString } = storage;
  const host = await startHost(app.folder, {
    ...sandbox.env,
    AzureWebJobsStorage: connectionString,
    RDP_REMEDIATION_TABLE: table,
    RDP_REMEDIATION_RUNS_AT_WORK: String(2 * atOnce),
  });
  const store = openTableStore({ table, connectionString });
  const azure = connectAzure({ endpoint: sandbox.endpoint, credential: signInTo(sandbox, "remediator") });
  const done = new AbortController();

  /** Azure shows a deleted Run Command for a while. */
  async function untilGone(vmId: string, withinMs: number): Promise<void> {
    const vm = parseVmId(vmId);
    if (!vm.ok) throw new Error(vm.problem.message);
    for (let waited = 0; waited < withinMs; waited += 2000) {
      const left = await azure.runCommands.list(vm.value);
      if (left.ok && left.value.length === 0) return;
      await setTimeout(2000);
    }
  }

  async function sweepUntilDone(): Promise<void> {
    const asked = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
    while (!done.signal.aborted) {
      await fetch(`${host.url}/admin/functions/sweep`, asked).catch(() => {});
      await setTimeout(sweepEveryMs);
    }
  }

  function rigOf(number: number): CampaignRig {
    const vm = sandbox.vms[number];
    if (!vm) throw new RangeError(`There is no VM ${number}.`);
    let passed = 0;
    return {
      sandbox,
      vm,
      store,
      azure,
      newAlert: () => `a1e70000-0000-4000-8000-${tokenOf(number)}`,
      now: () => new Date(Date.now() - graceMs + passed),
      /** Minutes are waited for. After more, the next hourly sweep is due too. */
      async pass(ms) {
        if (ms > longestMs) passed += Math.max(ms, 2 * 3_600_000);
        else await untilGone(vm.id, ms);
      },
      restarts: () => restarts.get(vm.name) ?? 0,
      async runToEnd(run) {
        await store.create(run);
        const end = Date.now() + longestMs;
        for (;;) {
          await setTimeout(2000);
          const stored = await store.get(run.id);
          if (!stored) throw new Error(`Run ${run.id} is lost.`);
          if (!isUnfinished(stored.run) || Date.now() > end) return stored.run;
        }
      },
      close: async () => {},
    };
  }

  const results: CaseResult[] = Array.from({ length: cases.length });
  const queue = cases.entries();
  let ended = 0;
  async function work(): Promise<void> {
    for (const [number, one] of queue) {
      results[number] = await tryOn(rigOf(number), one, tokenOf(number));
      ended += 1;
      if (ended % 20 === 0) tell(`host: ${ended} of ${cases.length}`);
    }
  }

  const sweeping = sweepUntilDone();
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
    return results;
  } finally {
    done.abort();
    await sweeping;
    await host.kill();
    await Promise.all([storage.close(), sandbox.close()]);
    app.remove();
  }
}
