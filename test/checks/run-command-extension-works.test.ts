import { expect, test } from "vitest";
import { runCommandExtensionWorks } from "../../lib/checks/run-command-extension-works.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

const id =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01";
const names = "vm-app-01 --resource-group rg-app --subscription 00000000-0000-4000-8000-000000000001";
const handler = { type: "RunCommandHandlerWindows", state: "Not Ready", message: "Install failed for plugin." };
const action = { type: "RunCommandWindows", state: "Deleting", message: "" };

function judged(vm: object, hasGuest = true) {
  const evidence = healthyEvidence();
  Object.assign(evidence.azure.vm, { id, ...vm });
  return runCommandExtensionWorks.run(hasGuest ? evidence : { ...evidence, guest: null });
}

test.each([
  ["nothing is broken", {}, true, "healthy"],
  ["the handler reports trouble, and a script ran", { brokenExtensions: [handler] }, true, "noted"],
  ["the handler reports trouble, and no script ran", { brokenExtensions: [handler] }, false, "faulty"],
  ["the extension of action Run Commands is half removed", { brokenExtensions: [action] }, false, "noted"],
  ["both are", { brokenExtensions: [action, handler] }, false, "faulty"],
  ["the VM is stopped", { powerState: "deallocated", brokenExtensions: [handler] }, false, "not-applicable"],
  ["an earlier version did not keep the id", { id: undefined, brokenExtensions: [handler] }, false, "faulty"],
] as const)("%s", (_, vm, hasGuest, verdict) => {
  const result = judged(vm, hasGuest);
  expect(result).toMatchObject({ verdict });
  expect(result.restoredBy ?? []).toEqual([]);
  expect(result.because.length).toBeLessThanOrEqual(320);
});

test("a broken handler is quoted, with the command that lists the Run Commands of this VM", () => {
  const { because, evidence } = judged({ brokenExtensions: [handler] }, false);
  expect(because).toContain('reports "Not Ready": Install failed for plugin.');
  expect(evidence).toMatchObject({ command: `az vm run-command list --vm-name ${names}` });
});

test("a half-removed extension comes with both commands that remove it", () => {
  expect(judged({ brokenExtensions: [action] }).evidence).toEqual({
    state: "Deleting",
    command: `az vm run-command invoke --name ${names} --command-id RemoveRunCommandWindowsExtension`,
    otherwise: `az vm extension delete --vm-name ${names} --name RunCommandWindows`,
  });
});
