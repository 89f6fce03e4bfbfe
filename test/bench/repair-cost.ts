import { ComputeManagementClient } from "@azure/arm-compute";
import { readWorld, remediatorOf, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { type Benchmark, measured } from "./benchmark.ts";

/** The sandbox and our own waiting run this many times faster than Azure; figures are given in Azure's time. */
const hurry = 20;

/** How long one script is under way on Azure, whatever it does: the documented floor of an action Run Command (facts/azure.md 1.1). */
const scriptSeconds = 20;

/**
 * The published procedure, one action Run Command a step, as people paste it. What a step's script does inside takes no
 * time here and repairs nothing: only the way there and back is compared, which is what the number of steps costs.
 */
const publishedSteps = [
  "Restart-Service -Name TermService -Force",
  "Remove-Item -Path 'Cert:\\LocalMachine\\Remote Desktop\\*'; Restart-Service -Name SessionEnv -Force",
  "Rename-Item -Path C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys -NewName MachineKeys_old",
  "Remove-ItemProperty -Path HKLM:\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002 -Name Functions",
];

async function serve(): Promise<SandboxService> {
  const world = readWorld("several-faults");
  return serveWorld(
    { ...world, runCommand: { ...world.runCommand, seconds: scriptSeconds / hurry } },
    "modelled",
    hurry,
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return ((performance.now() - start) / 1000) * hurry;
}

async function byHand(service: SandboxService): Promise<void> {
  const [vm] = service.sandbox.vms;
  if (!vm) throw new Error("the world has a VM");
  const endpoint = service.sandbox.endpoint;
  const options = { endpoint, credentials: { scopes: [`${endpoint}/.default`] } };
  const client = new ComputeManagementClient(remediatorOf(service.sandbox), vm.subscriptionId, options);
  for (const script of publishedSteps) {
    const input = { commandId: "RunPowerShellScript", script: [script] };
    // The SDK looks every two seconds by itself.
    await client.virtualMachines.runCommand(vm.resourceGroup, vm.name, input, { updateIntervalInMs: 2000 / hurry });
  }
}

/** A whole repair of the world with several faults, and the published steps on the same world. */
export const repairCost: Benchmark = {
  names: ["repair.run-commands", "repair.vs-step-by-step"],
  async run() {
    const service = await serve();
    try {
      let outcome: string | undefined;
      const ours = await timed(async () => {
        outcome = (await service.run("repair")).outcome?.kind;
      });
      if (outcome !== "repaired") throw new Error(`the repair ended ${outcome}`);
      const commands = service.sandbox.scriptRuns.length;
      const theirs = await timed(() => byHand(service));
      return [
        measured("repair.run-commands", commands, "Run Commands", "2", publishedSteps.length),
        measured("repair.vs-step-by-step", ours, "s (simulated)", "at most 0.40", theirs),
      ];
    } finally {
      await service.close();
    }
  },
};
