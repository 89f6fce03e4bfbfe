import { expect, test, vi } from "vitest";
import { connectAzure, createCredential } from "../../lib/azure/connect.ts";
import { sandboxWith } from "./sandbox.ts";

// One test in this file: the SDK keeps the first managed identity that it finds for the life of the process.
test("a managed identity signs in and reads a VM", async () => {
  const { sandbox, vm } = await sandboxWith();
  for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
  const credential = createCredential({ kind: "managed-identity", clientId: sandbox.remediator.clientId });
  const { reader } = connectAzure({ endpoint: sandbox.endpoint, credential });
  expect(await reader.read(vm)).toMatchObject({ ok: true, value: { vm: { powerState: "running" } } });
  expect(new Set(sandbox.calls.map(({ by }) => by))).toEqual(new Set(["remediator"]));
});
