import { expect, test } from "vitest";
import { quickly, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const command = { location: "westeurope", source: { script: "hostname" }, asyncExecution: true };

async function locked(lock: "ReadOnly" | "CanNotDelete") {
  const world = worldOf({ vms: [{ name: "vm-app-01", lock }, { name: "vm-app-02" }] });
  return startSimulatedAzure({ world });
}

test("a read-only lock lets a VM be read, and nothing else", async () => {
  const { compute, vm } = await locked("ReadOnly");
  expect((await compute.virtualMachines.get("rg-app", "vm-app-01")).name).toBe("vm-app-01");
  const put = compute.virtualMachineRunCommands.createOrUpdate("rg-app", "vm-app-01", "one", command, quickly);
  await expect(put).rejects.toMatchObject({
    statusCode: 409,
    code: "ScopeLocked",
    message: `The scope '${vm.id}/runCommands/one' cannot perform write operation because following scope(s) are locked: '${vm.id}'. Please remove the lock and try again.`,
  });
  await expect(compute.virtualMachines.restart("rg-app", "VM-APP-01", quickly)).rejects.toMatchObject({
    code: "ScopeLocked",
  });
});

test("a lock against deletion refuses to delete what is below the VM, and of other VMs nothing", async () => {
  const { compute } = await locked("CanNotDelete");
  for (const name of ["vm-app-01", "vm-app-02"]) {
    await compute.virtualMachineRunCommands.createOrUpdate("rg-app", name, "one", command, quickly);
  }
  const refused = compute.virtualMachineRunCommands.delete("rg-app", "vm-app-01", "one", quickly);
  await expect(refused).rejects.toMatchObject({ statusCode: 409, code: "ScopeLocked" });
  await compute.virtualMachineRunCommands.delete("rg-app", "vm-app-02", "one", quickly);
});
