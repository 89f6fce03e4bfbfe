import { fail, ok } from "../core/problem.ts";
import { nameParts } from "../core/vm-id.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import type { VmPower } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** Needs the right `restart/action` of the machine's type. A restart goes to the instance of a scale set, not to the set. */
export function createVmPower(clients: Clients): VmPower {
  return {
    async restart(vm) {
      const { hasPower, noun } = traitsOf(vm);
      if (!hasPower) return fail("invalid-input", `Azure has no operation that restarts ${noun}.`);
      const { virtualMachines, virtualMachineScaleSetVMs } = clients.compute(vm.subscriptionId);
      const [name, instance] = nameParts(vm);
      // Awaiting the poller itself would wait for the restart to end.
      const asked = await callAzure(`restart VM ${vm.name}`, () =>
        (instance === undefined
          ? virtualMachines.restart(vm.resourceGroup, name)
          : virtualMachineScaleSetVMs.restart(vm.resourceGroup, name, instance)
        ).submitted(),
      );
      return asked.ok ? ok("accepted") : asked;
    },
  };
}
