import { ComputeManagementClient } from "@azure/arm-compute";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { readWorld, type SandboxService, serveWorld, signInTo } from "../fixtures/sandbox-service.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

/** Simulated time passes this many times as fast as real time, and stands still while real work is done. */
const hurry = 5;

/**
 * Minimum of an action Run Command: about 20 s (https://learn.microsoft.com/azure/virtual-machines/windows/run-command).
 * For managed Run Commands, Azure documents no duration.
 */
const actionSeconds = 20;

/**
 * The published procedure, one action Run Command per step, as it is usually pasted. A step's script takes no time here
 * and repairs nothing. Only the time of the calls is compared, which is the cost of the number of steps.
 */
const publishedSteps = [
  "Restart-Service -Name TermService -Force",
  "Remove-Item -Path 'Cert:\\LocalMachine\\Remote Desktop\\*'; Restart-Service -Name SessionEnv -Force",
  "Rename-Item -Path C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys -NewName MachineKeys_old",
  "Remove-ItemProperty -Path HKLM:\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002 -Name Functions",
];

async function serve(scriptSeconds: number): Promise<SandboxService> {
  const world = readWorld("several-faults");
  const runCommand = { ...world.runCommand, seconds: scriptSeconds, actionSeconds };
  return serveWorld({ ...world, runCommand }, "modelled", { clock: createVirtualClock({ scale: hurry }) });
}

/** The simulated seconds that `work` takes. */
async function timed({ clock }: SandboxService, work: () => Promise<void>): Promise<number> {
  const start = clock.now().getTime();
  await clock.during(work());
  return (clock.now().getTime() - start) / 1000;
}

async function byHand(service: SandboxService): Promise<void> {
  const [vm] = service.sandbox.vms;
  if (!vm) throw new Error("the world has a VM");
  const endpoint = service.sandbox.endpoint;
  const options = { endpoint, credentials: { scopes: [`${endpoint}/.default`] } };
  const client = new ComputeManagementClient(signInTo(service.sandbox, "operator"), vm.subscriptionId, options);
  for (const script of publishedSteps) {
    const input = { commandId: "RunPowerShellScript", script: [script] };
    // By default the SDK polls every 2 s.
    await client.virtualMachines.runCommand(vm.resourceGroup, vm.name, input, { updateIntervalInMs: 2000 / hurry });
  }
}

async function compare(scriptSeconds: number): Promise<{ ours: number; theirs: number; commands: number }> {
  const service = await serve(scriptSeconds);
  try {
    let outcome: string | undefined;
    const ours = await timed(service, async () => {
      outcome = (await service.run("repair")).outcome?.kind;
    });
    if (outcome !== "repaired") throw new Error(`the repair ended ${outcome}`);
    const commands = service.sandbox.scriptRuns.length;
    return { ours, commands, theirs: await timed(service, () => byHand(service)) };
  } finally {
    await service.close();
  }
}

/**
 * Compares a complete repair of the world several-faults with the published steps on the same world. The duration of our
 * two scripts on a real VM has never been measured: one ratio assumes 10 s for each, the other the same duration as an
 * action Run Command.
 */
export const repairCost: Benchmark = {
  names: ["repair.run-commands", "repair.vs-step-by-step", "repair.vs-step-by-step.equal-times"],
  async run() {
    const assumed = await compare(10);
    const equal = await compare(actionSeconds);
    const unit = "s (simulated)";
    return [
      measureTime("repair.run-commands", assumed.commands, "Run Commands", "2", publishedSteps.length),
      measureTime("repair.vs-step-by-step", assumed.ours, unit, "at most 0.40", assumed.theirs),
      measureTime("repair.vs-step-by-step.equal-times", equal.ours, unit, "none: 2 of 4 is 0.50", equal.theirs),
    ];
  },
};
