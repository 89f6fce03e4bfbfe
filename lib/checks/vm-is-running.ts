import { azStart } from "../core/az-commands.ts";
import { traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, faulty, healthy, notApplicable, unknown } from "../core/check.ts";
import { evictionReasons, mayBeEvicted } from "../core/spot.ts";
import { parseVmId } from "../core/vm-id.ts";
import { longestBecause } from "./_section.ts";

/** Azure's power states that last only a minute or so. */
const passing = ["starting", "stopping", "deallocating", "creating", "migrating"];

export const vmIsRunning: Check = {
  id: "vm-is-running",
  title: "The VM is running",
  run({ azure }) {
    const { powerState, provisioningState } = azure.vm;
    const { hasPower, noun, agent } = traitsOfEvidence(azure);
    if (!hasPower)
      return notApplicable(`Azure does not know whether ${noun} runs, only whether its ${agent} is connected.`);
    if (powerState === "running") return healthy("Azure reports the power state running.", { provisioningState });
    if (powerState === "unknown") return unknown("Azure gave no power state for this VM.");
    if (passing.includes(powerState)) return unknown(`The VM is ${powerState}. Look again when it has settled.`);
    const vm = parseVmId(azure.vm.id ?? "");
    const start = vm.ok ? azStart(vm.value) : "az vm start --ids <VM resource id>";
    const facts = { powerState, provisioningState };
    const { spot } = azure.vm;
    if (spot && mayBeEvicted(azure.vm)) {
      const told = (why: string) =>
        `Azure reports the power state ${powerState}, and may have evicted this Spot VM${why}. Start it: ${start}`;
      const whole = told(`: ${evictionReasons(spot)}`);
      return faulty(whole.length <= longestBecause ? whole : told(""), [], {
        ...facts,
        evictionPolicy: spot.evictionPolicy ?? "Deallocate",
      });
    }
    return faulty(`Azure reports the power state ${powerState}. Start the VM: ${start}`, [], facts);
  },
};
