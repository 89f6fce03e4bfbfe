import { word } from "../core/az-commands.ts";
import { traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, faulty, healthy, notApplicable, unknown } from "../core/check.ts";

/** Azure's power states that last only a minute or so. */
const passing = ["starting", "stopping", "deallocating", "creating", "migrating"];

export const vmIsRunning: Check = {
  id: "vm-is-running",
  title: "The VM is running",
  run({ azure }) {
    const { powerState, provisioningState } = azure.vm;
    const { hasPower, noun, agent } = traitsOfEvidence(azure);
    if (!hasPower)
      return notApplicable(`Azure does not know whether an ${noun} runs, only whether its ${agent} is connected.`);
    if (powerState === "running") return healthy("Azure reports the power state running.", { provisioningState });
    if (powerState === "unknown") return unknown("Azure gave no power state for this VM.");
    if (passing.includes(powerState)) return unknown(`The VM is ${powerState}. Look again when it has settled.`);
    // Learn: cli/azure/vm, az vm start.
    const start = `az vm start --ids ${azure.vm.id === undefined ? "<VM resource id>" : word(azure.vm.id)}`;
    return faulty(`Azure reports the power state ${powerState}. Start the VM: ${start}`, [], {
      powerState,
      provisioningState,
    });
  },
};
