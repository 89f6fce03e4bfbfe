import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import { registryPath } from "../../lib/core/registry-value.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { defaultRdpPort } from "../../lib/core/windows.ts";
import { judge } from "../../lib/network/judge.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { readWorld, signInTo, worldNames } from "../fixtures/sandbox-service.ts";

/*
 * Each world's network is read by the real SDKs with the shipped role, and judged: every source comes to the verdict
 * that the file declares, decided where it says, and Azure's own answers agree.
 */

const declared = worldNames().filter((name) => readWorld(name).expect?.network.length);

test("there are worlds to look at", () => {
  expect(declared.length).toBeGreaterThan(15);
});

test.each(declared)("%s", async (name) => {
  const world = readWorld(name);
  const sandbox = await startSandbox({ world, guest: "modelled" });
  onTestFinished(() => sandbox.close());
  const expected = world.expect?.network ?? [];
  const azure = await read(
    sandbox,
    expected.map(({ source }) => source),
  );
  const agree = !world.expect?.faulty.includes("network-verdicts-agree");
  for (const { source, to, verdict, layer, rule } of expected) {
    const verdicts = judge(azure, [source], rdpPortOf(sandbox));
    const own = verdicts.filter(({ destination }) => to === undefined || destination.startsWith(`${to}:`));
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ source, verdict, decidedBy: { layer, rule } });
    const known = own[0]?.opinions.filter((opinion) => opinion.verdict !== "unknown") ?? [];
    if (verdict !== "unknown" && agree) {
      for (const opinion of known) expect(opinion).toMatchObject({ verdict });
    }
  }
});

async function read(sandbox: Sandbox, sources: string[]): Promise<AzureEvidence> {
  setDefaultCACertificates([...getCACertificates("bundled"), sandbox.caPem]);
  const vm = parseVmId(sandbox.vms[0]?.id ?? "");
  if (!vm.ok) throw new Error(vm.problem.message);
  const credential = signInTo(sandbox, "remediator");
  const { reader } = connectAzure({ endpoint: sandbox.endpoint, credential });
  const evidence = await reader.read(vm.value, sources);
  if (!evidence.ok) throw new Error(evidence.problem.message);
  return AzureEvidence.parse(evidence.value);
}

/** Where the guest would say that it listens. */
function rdpPortOf(sandbox: Sandbox): number {
  const value = sandbox.windows(sandbox.vms[0]?.name ?? "").state.registry[registryPath("rdp-tcp/PortNumber")];
  return value?.type === "dword" ? value.data : defaultRdpPort;
}
