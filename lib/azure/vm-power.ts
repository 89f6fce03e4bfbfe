import { fail, ok } from "../core/problem.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import type { VmPower } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** Needs the right `Microsoft.Compute/virtualMachines/restart/action`. */
export function createVmPower(clients: Clients): VmPower {
  return {
    async restart(vm) {
      const { hasPower, noun } = traitsOf(vm);
      if (!hasPower) return fail("invalid-input", `Azure has no operation that restarts an ${noun}.`);
      const restarts = clients.compute(vm.subscriptionId).virtualMachines;
      // Awaiting the poller itself would wait for the restart to end.
      const asked = await callAzure(`restart VM ${vm.name}`, () =>
        restarts.restart(vm.resourceGroup, vm.name).submitted(),
      );
      return asked.ok ? ok("accepted") : asked;
    },
  };
}
